//! AWS's Price List API, page after page.

use aws_sdk_pricing::types::{Filter, FilterType};

use super::{Account, send};
use crate::error::Result;

impl Account {
    /// The products of a service whose attributes have these values, each as the JSON that AWS sends.
    pub async fn price_list(&self, service: &str, attributes: &[(String, String)]) -> Result<Vec<String>> {
        let filters: Vec<Filter> = attributes
            .iter()
            .filter_map(|(field, value)| {
                Filter::builder().r#type(FilterType::TermMatch).field(field).value(value).build().ok()
            })
            .collect();
        let mut products = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let page = send!(self, pricing, &format!("read the price list of {service}"), |c| c
                .get_products()
                .service_code(service)
                .set_filters(Some(filters.clone()))
                .set_next_token(token.clone()))?;
            products.extend(page.price_list().iter().map(ToString::to_string));
            token = page.next_token().map(str::to_owned);
            if token.is_none() {
                return Ok(products);
            }
        }
    }
}
