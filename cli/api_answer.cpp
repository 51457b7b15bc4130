#include "cli/api_answer.h"

namespace cli {

namespace {

using contracts::Error;
using contracts::ErrorKind;
using contracts::Json;

ErrorKind kind_of(std::int64_t status) {
    switch (status) {
        case 401:
        case 403:
            return ErrorKind::permission;
        case 404:
        case 410:
            return ErrorKind::not_found;
        case 409:
        case 412:
            return ErrorKind::conflict;
        case 429:
            return ErrorKind::upstream;
        case 408:
        case 502:
        case 503:
        case 504:
            return ErrorKind::transient;
        default:
            return status < 500 ? ErrorKind::invalid : ErrorKind::fatal;
    }
}

std::string text_of(const Json& problem, const char* name) {
    if (!problem.is_object()) return {};
    const auto found = problem.find(name);
    return found != problem.end() && found->is_string() ? found->get<std::string>() : std::string();
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string decoded(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
            hex_digit(text[i + 2]) >= 0) {
            plain += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
            i += 2;
        } else {
            plain += text[i];
        }
    }
    return plain;
}

}  // namespace

contracts::Result<ApiAnswer> read_answer(std::int64_t status, Json body, std::string_view link) {
    if (status >= 200 && status < 300) return ApiAnswer{std::move(body), next_cursor(link)};
    Error error{kind_of(status), text_of(body, "detail"), text_of(body, "field"),
                text_of(body, "next_step")};
    if (error.message.empty()) error.message = text_of(body, "title");
    if (error.message.empty())
        error.message = "the API answered with status " + std::to_string(status);
    if (status < 400) error.kind = ErrorKind::fatal;
    if (status == 401) {
        error.field = "API_TOKEN";
        error.next_step = "set API_TOKEN to a token that the daemon knows";
    }
    // This header of the API is an option of the program.
    if (error.field == "Idempotency-Key") error.field = "--request-id";
    return contracts::fail(std::move(error));
}

std::string next_cursor(std::string_view link) {
    while (!link.empty()) {
        const std::size_t open = link.find('<');
        const std::size_t close = link.find('>', open);
        if (open == std::string_view::npos || close == std::string_view::npos) break;
        const std::string_view target = link.substr(open + 1, close - open - 1);
        link.remove_prefix(close + 1);
        const std::string_view attributes = link.substr(0, link.find('<'));
        if (attributes.find("rel=\"next\"") == std::string_view::npos &&
            attributes.find("rel=next") == std::string_view::npos)
            continue;
        for (const std::string_view mark : {"?cursor=", "&cursor="}) {
            const std::size_t at = target.find(mark);
            if (at == std::string_view::npos) continue;
            const std::string_view value = target.substr(at + mark.size());
            return decoded(value.substr(0, value.find('&')));
        }
    }
    return {};
}

std::string encoded(std::string_view text) {
    constexpr std::string_view kPlain =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (kPlain.find(c) != std::string_view::npos)
            out += c;
        else
            (out += '%').append({kDigits[byte >> 4], kDigits[byte & 15]});
    }
    return out;
}

}  // namespace cli
