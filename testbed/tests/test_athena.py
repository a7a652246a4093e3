"""What Athena reads through, from the template that the tool sends: asked through Glue's and Athena's own calls."""

import os

from .support import ROOT, Case

STORAGE = os.path.join(ROOT, "tests", "it", "snapshots", "defaults", "storage.yaml")
BUCKET = "sentistack-123456789012-us-east-1"
TAGS = [{"Key": "sentistack:name", "Value": "sentistack"}]


def template():
    with open(STORAGE, encoding="utf-8") as file:
        return file.read()


class Athena(Case):
    def up(self, text, name="sentistack-storage"):
        # As it is checked in it is too long for the call itself. (The tool sends it as JSON, without its blanks.)
        s3 = self.client("s3")
        s3.create_bucket(Bucket="templates")
        s3.put_object(Bucket="templates", Key="storage.yaml", Body=text.encode())
        self.cfn.create_stack(StackName=name, TemplateURL="https://templates.s3.us-east-1.amazonaws.com/storage.yaml",
                              Capabilities=["CAPABILITY_NAMED_IAM"], Tags=TAGS)
        s3.delete_object(Bucket="templates", Key="storage.yaml")
        s3.delete_bucket(Bucket="templates")
        self.assertEqual(self.settled(name), "CREATE_COMPLETE", self.events(name))
        outputs = self.cfn.describe_stacks(StackName=name)["Stacks"][0]["Outputs"]
        return {output["OutputKey"]: output["OutputValue"] for output in outputs}

    def down(self, name="sentistack-storage"):
        identity = self.cfn.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
        self.cfn.delete_stack(StackName=name)
        return self.settled(identity)

    def test_glue_has_the_tables_and_projects_every_partition_of_them(self):
        outputs = self.up(template())
        glue = self.client("glue")
        self.assertEqual([d["Name"] for d in glue.get_databases()["DatabaseList"]], [outputs["AthenaDatabase"]])
        tables = {t["Name"]: t for t in glue.get_tables(DatabaseName=outputs["AthenaDatabase"])["TableList"]}
        self.assertEqual(sorted(tables), ["sentiment", "tweet"])
        for name, table in tables.items():
            self.assertEqual(table["TableType"], "EXTERNAL_TABLE")
            given, keys = table["Parameters"], [key["Name"] for key in table["PartitionKeys"]]
            columns = [column["Name"] for column in table["StorageDescriptor"]["Columns"]]
            self.assertEqual(given["projection.enabled"], "true")
            self.assertEqual(given["projection.dt.range"], "2006-01-01,NOW")
            self.assertEqual({given[f"projection.{key}.type"] for key in keys}, {"injected", "date"})
            # What CloudFormation has filled in, and what it has left for Athena.
            self.assertEqual(given["storage.location.template"],
                             f"s3://{BUCKET}/runs/${{run}}/tables/${{scored_by}}/{name}/dt=${{dt}}/")
            self.assertEqual(table["StorageDescriptor"]["Location"], f"s3://{BUCKET}/runs/")
            self.assertEqual(set(keys) & set(columns), set())
            self.assertEqual(columns[:4], ["topic", "source", "model", "run_id"])

    def test_the_workgroup_decides_what_a_query_may_read_and_where_its_results_go(self):
        outputs = self.up(template())
        athena = self.client("athena")
        group = athena.get_work_group(WorkGroup=outputs["AthenaWorkGroup"])["WorkGroup"]
        settings = group["Configuration"]
        self.assertIs(settings["EnforceWorkGroupConfiguration"], True)
        self.assertEqual(settings["BytesScannedCutoffPerQuery"], 10_000_000_000)
        results = settings["ResultConfiguration"]
        self.assertEqual(results["OutputLocation"], f"s3://{BUCKET}/logs/athena/")
        self.assertEqual(results["EncryptionConfiguration"]["EncryptionOption"], "SSE_S3")
        arn = "arn:aws:athena:us-east-1:123456789012:workgroup/sentistack"
        self.assertIn(TAGS[0], athena.list_tags_for_resource(ResourceARN=arn)["Tags"])

    def test_nothing_is_left_even_after_queries(self):
        self.up(template())
        left = self.control("GET", "/left?name=sentistack")
        self.assertEqual(left["catalog_databases"], ["sentistack"])
        self.assertEqual(left["catalog_tables"], ["sentistack/sentiment", "sentistack/tweet"])
        self.assertEqual(left["workgroups"], ["sentistack"])
        self.keep_a_query()
        self.assertEqual(self.down(), "DELETE_COMPLETE")
        self.assertEqual(self.control("GET", "/left"), {})

    def test_a_workgroup_with_queries_in_it_goes_only_where_the_template_says_so(self):
        self.up(template().replace("RecursiveDeleteOption: true", "RecursiveDeleteOption: false"))
        self.keep_a_query()
        self.assertEqual(self.down(), "DELETE_FAILED")
        self.assertEqual(self.control("GET", "/left")["workgroups"], ["sentistack"])

    def test_what_is_called_with_dashes_is_found_by_its_name(self):
        self.client("glue").create_database(DatabaseInput={"Name": "my_stack"})
        self.assertEqual(self.control("GET", "/left?name=my-stack"), {"catalog_databases": ["my_stack"]})
        self.assertEqual(self.control("GET", "/left?name=other"), {})

    def keep_a_query(self):
        self.client("athena").create_named_query(
            Name="shares", Database="sentistack", WorkGroup="sentistack", QueryString="SELECT 1")
