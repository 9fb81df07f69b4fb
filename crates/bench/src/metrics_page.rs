//! The page `/metrics` of a server.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context as _;
use reqwest::Client;

/// Time limit of a request.
const PATIENCE: Duration = Duration::from_secs(30);

/// Reader of the page. It holds one connection to the server.
#[derive(Debug)]
pub(crate) struct MetricsReader {
    client: Client,
    address: SocketAddr,
}

/// The page at one time.
#[derive(Debug)]
pub(crate) struct MetricsPage(String);

impl MetricsReader {
    /// Creates the reader of a server's page.
    ///
    /// # Errors
    /// Fails if the HTTP client can't be created.
    pub(crate) fn of(address: SocketAddr) -> anyhow::Result<Self> {
        Ok(Self {
            client: Client::builder().no_proxy().timeout(PATIENCE).build()?,
            address,
        })
    }

    /// Reads the page.
    ///
    /// # Errors
    /// Fails if the server does not answer.
    pub(crate) async fn read(&self) -> anyhow::Result<MetricsPage> {
        let request = self.client.get(format!("http://{}/metrics", self.address));
        let page = request.send().await?.error_for_status()?.text().await?;
        Ok(MetricsPage(page))
    }
}

impl MetricsPage {
    /// Returns the value of a series: the name of a metric, with its labels in braces if it has any.
    ///
    /// # Errors
    /// Fails if there is no such series, or its value is not a number.
    pub(crate) fn value(&self, series: &str) -> anyhow::Result<u64> {
        let lines = self.0.lines();
        let value = lines
            .filter_map(|line| line.strip_prefix(series)?.strip_prefix(' '))
            .next()
            .with_context(|| format!("/metrics has no {series}"))?;
        let number: f64 = value
            .trim()
            .parse()
            .with_context(|| format!("{series} is {value}"))?;
        Ok(number as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_is_found_by_its_whole_name() {
        let page = "# TYPE rooms gauge\nrooms_total 9\nrooms{kind=\"wide\"} 8\nrooms 12\n";
        let page = MetricsPage(page.to_owned());
        assert_eq!(page.value("rooms").unwrap(), 12);
        assert_eq!(page.value("rooms{kind=\"wide\"}").unwrap(), 8);
        assert_eq!(
            page.value("windows").unwrap_err().to_string(),
            "/metrics has no windows"
        );
    }
}
