//! Which request gets what. No I/O here.
//!
//! | path | answer |
//! | --- | --- |
//! | `/` | to the contact list |
//! | `/v2/location/…` | the page; its script shows what the rest of the path names |
//! | `/stand-in/…` | script and style |
//!
//! The query of a page chooses a variant: `crmplus=on` (default), `off` or `narrow` for the header that CRM+
//! would add, `csp=strict` for a page with the strictest policy that the chat must live with.

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Method, Response, StatusCode, Uri,
    header::{
        ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, LOCATION,
        X_CONTENT_TYPE_OPTIONS,
    },
};

const PAGE: &str = include_str!("../../stand-in/index.html");
const START: &str = "/v2/location/sandbox/contacts/smart_list/All";
const STRICT_CSP: &str = "default-src 'self'; frame-src 'none'";
const HTML: &str = "text/html; charset=utf-8";

/// Path, type and content of what the page loads.
const ASSETS: [(&str, &str, &str); 6] = [
    ("/stand-in/icon.svg", "image/svg+xml", include_str!("../../stand-in/icon.svg")),
    ("/stand-in/crm.css", "text/css; charset=utf-8", include_str!("../../stand-in/crm.css")),
    ("/stand-in/crm.js", "text/javascript; charset=utf-8", include_str!("../../stand-in/crm.js")),
    ("/stand-in/people.js", "text/javascript; charset=utf-8", include_str!("../../stand-in/people.js")),
    ("/stand-in/crmplus.css", "text/css; charset=utf-8", include_str!("../../stand-in/crmplus.css")),
    ("/stand-in/crmplus.js", "text/javascript; charset=utf-8", include_str!("../../stand-in/crmplus.js")),
];

pub(super) fn answer(method: &Method, uri: &Uri) -> Response<Full<Bytes>> {
    if method != Method::GET && method != Method::HEAD {
        let mut response =
            response(StatusCode::METHOD_NOT_ALLOWED, "text/plain", "This page can only be read.\n");
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    let path = uri.path();
    if path == "/" {
        return redirect(uri);
    }
    if path.starts_with("/v2/location/") {
        return page(uri);
    }
    match ASSETS.iter().find(|(asset, ..)| *asset == path) {
        Some((_, kind, content)) => response(StatusCode::OK, kind, *content),
        None => response(StatusCode::NOT_FOUND, "text/plain", "There is nothing here.\n"),
    }
}

fn page(uri: &Uri) -> Response<Full<Bytes>> {
    let crmplus = match parameter(uri, "crmplus") {
        Some("off") => "off",
        Some("narrow") => "narrow",
        _ => "on",
    };
    let mut response = response(StatusCode::OK, HTML, PAGE.replace("{{crmplus}}", crmplus));
    if parameter(uri, "csp") == Some("strict") {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(STRICT_CSP));
    }
    response
}

fn redirect(uri: &Uri) -> Response<Full<Bytes>> {
    let to = uri.query().map_or_else(|| START.to_owned(), |query| format!("{START}?{query}"));
    let mut response = response(StatusCode::FOUND, "text/plain", "");
    if let Ok(to) = HeaderValue::try_from(to) {
        response.headers_mut().insert(LOCATION, to);
    }
    response
}

fn response(status: StatusCode, kind: &'static str, content: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(content.into()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

fn parameter<'u>(uri: &'u Uri, name: &str) -> Option<&'u str> {
    uri.query()?.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    async fn get(uri: &str) -> (Response<()>, String) {
        let (head, body) = answer(&Method::GET, &uri.parse().expect("uri")).into_parts();
        let body = body.collect().await.expect("body").to_bytes();
        (Response::from_parts(head, ()), String::from_utf8(body.to_vec()).expect("text"))
    }

    #[tokio::test]
    async fn every_route_of_the_crm_is_the_page() {
        for path in [
            "contacts/smart_list/All",
            "contacts/detail/Qx7tPlaceholder01",
            "conversations/conversations/Qx7tPlaceholder01",
            "dashboard",
        ] {
            let (head, body) = get(&format!("/v2/location/sandbox/{path}")).await;
            assert_eq!(head.status(), StatusCode::OK, "{path}");
            assert!(body.contains("data-crmplus=\"on\""), "{path}");
            assert!(head.headers().get(CONTENT_SECURITY_POLICY).is_none());
        }
    }

    #[tokio::test]
    async fn query_chooses_the_variant() {
        for (query, variant) in
            [("crmplus=off", "off"), ("a=1&crmplus=narrow", "narrow"), ("crmplus=%3Cx%3E", "on")]
        {
            let (_, body) = get(&format!("/v2/location/sandbox/dashboard?{query}")).await;
            assert!(body.contains(&format!("data-crmplus=\"{variant}\"")), "{query}");
        }
        let (head, _) = get("/v2/location/sandbox/dashboard?csp=strict").await;
        assert_eq!(head.headers()[CONTENT_SECURITY_POLICY], STRICT_CSP);
    }

    #[tokio::test]
    async fn root_leads_to_the_contact_list_and_keeps_the_variant() {
        let (head, _) = get("/?crmplus=off").await;
        assert_eq!(head.status(), StatusCode::FOUND);
        assert_eq!(head.headers()[LOCATION], format!("{START}?crmplus=off"));
    }

    #[tokio::test]
    async fn everything_that_the_page_names_is_served_and_nothing_from_outside() {
        let (_, body) = get(START).await;
        let named: Vec<&str> = body
            .split(['"', '\''])
            .filter(|part| part.starts_with("/stand-in/") || part.contains("://"))
            .collect();
        assert!(named.len() >= 4, "{named:?}");
        for path in named {
            assert_eq!(get(path).await.0.status(), StatusCode::OK, "{path}");
        }
        for (path, _, content) in ASSETS {
            let outside = content.replace("http://www.w3.org/2000/svg", "").contains("://");
            assert!(!outside, "{path} reaches outside");
        }
    }

    #[tokio::test]
    async fn anything_else_is_refused() {
        assert_eq!(get("/etc/passwd").await.0.status(), StatusCode::NOT_FOUND);
        assert_eq!(get("/stand-in/../src/lib.rs").await.0.status(), StatusCode::NOT_FOUND);
        let post = answer(&Method::POST, &START.parse().expect("uri"));
        assert_eq!(post.status(), StatusCode::METHOD_NOT_ALLOWED);
    }
}
