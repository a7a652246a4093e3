//! What Athena reads the tables through. It is in the storage stack, so whoever runs the tool needs this, and not the
//! deploy role.

use super::Needs;

/// Resources that a call on a database of Glue's needs: IAM asks for all of them.
const CATALOG: &str = "arn:aws:glue:{region}:{account}:catalog";
const DATABASE: &str = "arn:aws:glue:{region}:{account}:database/{database}";
const TABLES: &str = "arn:aws:glue:{region}:{account}:table/{database}/tweet";
const FUNCTIONS: &str = "arn:aws:glue:{region}:{account}:userDefinedFunction/{database}/x";

const ON_DATABASE: &[&str] =
    &["glue:CreateDatabase", "glue:GetDatabase", "glue:UpdateDatabase", "glue:DeleteDatabase"];
const ON_TABLE: &[&str] = &["glue:CreateTable", "glue:GetTable", "glue:UpdateTable", "glue:DeleteTable"];

/// For each of the types. The test that reads this holds it against the policy of `doctor --policy`.
pub const CATALOG_NEEDS: &[Needs] = &[
    Needs {
        resource_type: "AWS::Glue::Database",
        on: &[
            (CATALOG, ON_DATABASE),
            (DATABASE, ON_DATABASE),
            (TABLES, &["glue:DeleteDatabase"]),
            (FUNCTIONS, &["glue:DeleteDatabase"]),
        ],
    },
    Needs {
        resource_type: "AWS::Glue::Table",
        on: &[(CATALOG, ON_TABLE), (DATABASE, ON_TABLE), (TABLES, ON_TABLE)],
    },
    Needs {
        resource_type: "AWS::Athena::WorkGroup",
        on: &[
            (
                "arn:aws:athena:{region}:{account}:workgroup/{name}",
                &[
                    "athena:CreateWorkGroup",
                    "athena:GetWorkGroup",
                    "athena:UpdateWorkGroup",
                    "athena:DeleteWorkGroup",
                    "athena:TagResource",
                    "athena:UntagResource",
                    "athena:ListTagsForResource",
                ],
            ),
            // It looks whether results can be written to where they are to go.
            (
                "arn:aws:s3:::{name}-{account}-{region}",
                &["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
            ),
            (
                "arn:aws:s3:::{name}-{account}-{region}/logs/athena/x",
                &["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
            ),
        ],
    },
];
