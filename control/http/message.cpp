#include "control/http/message.h"

#include "contracts/base/text.h"

#include <algorithm>
#include <boost/beast/http/status.hpp>

namespace control {

using contracts::Error;
using contracts::ErrorKind;
using contracts::Json;
using contracts::Result;

namespace {

bool same_name(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        return contracts::lower_case(x) == contracts::lower_case(y);
    });
}

std::string_view find(const std::vector<HttpHeader>& headers, std::string_view name) {
    for (const HttpHeader& header : headers)
        if (same_name(header.name, name)) return header.value;
    return {};
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

Result<std::string> decode(std::string_view text, bool plus_is_blank) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += plus_is_blank && text[i] == '+' ? ' ' : text[i];
            continue;
        }
        const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
        const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
        if (high < 0 || low < 0)
            return contracts::fail(ErrorKind::invalid, "has a % without two hexadecimal digits");
        decoded += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return decoded;
}

}  // namespace

std::string_view HttpRequest::header(std::string_view name) const {
    return find(headers, name);
}
bool HttpRequest::has(std::string_view name) const {
    return std::ranges::any_of(headers,
                               [&](const HttpHeader& one) { return same_name(one.name, name); });
}
std::string_view HttpResponse::header(std::string_view name) const {
    return find(headers, name);
}

int status_of(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::invalid:
            return 422;
        case ErrorKind::not_found:
            return 404;
        case ErrorKind::permission:
            return 403;
        case ErrorKind::conflict:
            return 409;
        case ErrorKind::transient:
        case ErrorKind::upstream:
            return 503;
        case ErrorKind::timed_out:
            return 504;
        case ErrorKind::fatal:
            return 500;
    }
    return 500;
}

HttpResponse problem(const Error& error) {
    return problem(status_of(error.kind), error);
}

HttpResponse problem(int status, const Error& error) {
    const auto title = boost::beast::http::obsolete_reason(
        boost::beast::http::int_to_status(static_cast<unsigned>(status)));
    Json body{{"type", "about:blank"}, {"title", std::string(title)}, {"status", status}};
    if (status == 500) {
        body["detail"] = "internal error; the daemon's log has the cause";
    } else {
        body["detail"] = error.message;
        if (!error.field.empty()) body["field"] = error.field;
        if (!error.next_step.empty()) body["next_step"] = error.next_step;
    }
    HttpResponse response = json_response(status, body);
    response.headers.front().value = "application/problem+json";
    if (status == 503) response.headers.push_back({"Retry-After", "1"});
    return response;
}

HttpResponse json_response(int status, const Json& body) {
    return json_text_response(status, contracts::dump_json(body));
}

HttpResponse json_text_response(int status, std::string body) {
    return HttpResponse{status, {{"Content-Type", "application/json"}}, std::move(body)};
}

Result<std::map<std::string, std::string>> parse_query(std::string_view text) {
    std::map<std::string, std::string> query;
    while (!text.empty()) {
        const std::string_view pair = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(pair.size() + 1, text.size()));
        if (pair.empty()) continue;
        const std::size_t equals = std::min(pair.find('='), pair.size());
        Result<std::string> name = decode(pair.substr(0, equals), true);
        if (!name) return name.fault();
        Result<std::string> value = decode(pair.substr(std::min(equals + 1, pair.size())), true);
        if (!value) {
            value.error().field = *name;
            return value.fault();
        }
        query.emplace(std::move(*name), std::move(*value));
    }
    return query;
}

Result<std::string> decode_percent(std::string_view text) {
    return decode(text, false);
}

std::string encode_percent(std::string_view text) {
    constexpr char kDigits[] = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        const bool plain = (contracts::lower_case(c) >= 'a' && contracts::lower_case(c) <= 'z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
        const auto byte = static_cast<unsigned char>(c);
        if (plain)
            encoded += c;
        else
            (encoded += '%').append({kDigits[byte >> 4], kDigits[byte & 15]});
    }
    return encoded;
}

}  // namespace control
