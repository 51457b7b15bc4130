#include "contracts/streams/address.h"

#include "contracts/base/number.h"

namespace contracts {

namespace {

constexpr std::string_view kNextStep =
    "use redis://[user:password@]host[:port][/db] or unix://[user:password@]/path[?db=n]";

std::unexpected<Error> refuse(std::string_view message) {
    return fail(ErrorKind::invalid, message, "REDIS_URL", kNextStep);
}

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        if (i + 2 >= text.size()) return std::nullopt;
        const std::optional<std::int64_t> byte = whole_number(text.substr(i + 1, 2), 0, 0xff, 16);
        if (!byte) return std::nullopt;
        out += static_cast<char>(*byte);
        i += 2;
    }
    return out;
}

// With `separators`, '/' is encoded as well: it would end the part of the URL.
std::string percent_encoded(std::string_view text, bool separators) {
    constexpr char kDigits[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
                           (c == '/' && !separators);
        if (plain)
            out += c;
        else
            out.append(1, '%').append(1, kDigits[byte >> 4]).append(1, kDigits[byte & 15]);
    }
    return out;
}

// Splits at the first `mark`: returns the text before it, if there is one; `rest` keeps the rest.
std::optional<std::string_view> cut_before(std::string_view& rest, std::string_view mark) {
    const std::size_t at = rest.find(mark);
    if (at == std::string_view::npos) return std::nullopt;
    const std::string_view head = rest.substr(0, at);
    rest.remove_prefix(at + mark.size());
    return head;
}

Result<void> read_credentials(std::string_view text, RedisAddress& address) {
    const std::size_t colon = text.find(':');
    const auto user = percent_decoded(text.substr(0, colon));
    const auto password = percent_decoded(colon == std::string_view::npos ? std::string_view()
                                                                          : text.substr(colon + 1));
    if (!user || !password) return refuse("has a broken % escape in its user or password");
    if (!user->empty() && password->empty()) return refuse("names a user without a password");
    address.user = *user;
    address.password = *password;
    return {};
}

Result<void> read_database(std::string_view text, RedisAddress& address) {
    const auto number = whole_number(text, 0, std::numeric_limits<int>::max());
    if (!number) return refuse("must name its database by a number");
    address.database = static_cast<int>(*number);
    return {};
}

Result<void> read_host(std::string_view text, RedisAddress& address) {
    std::string_view port;
    if (text.starts_with('[')) {
        const std::size_t close = text.find(']');
        if (close == std::string_view::npos) return refuse("has an unclosed [ in its host");
        address.host = text.substr(1, close - 1);
        port = text.substr(close + 1);
    } else {
        const std::size_t colon = text.find(':');
        address.host = text.substr(0, colon);
        if (colon != std::string_view::npos) port = text.substr(colon);
    }
    if (address.host.empty()) return refuse("names no host");
    if (address.host.find('[') != std::string::npos) return refuse("has a [ within its host");
    if (port.empty()) return {};
    const auto number = whole_number(port.substr(1), 1, 65535);
    if (port.front() != ':' || !number) return refuse("must have a port from 1 to 65535");
    address.port = static_cast<std::uint16_t>(*number);
    return {};
}

Result<void> read_tcp(std::string_view rest, RedisAddress& address) {
    const std::string_view authority = rest.substr(0, rest.find('/'));
    std::string_view database = rest.substr(authority.size());
    std::string_view host = authority;
    if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
        if (auto read = read_credentials(authority.substr(0, at), address); !read) return read;
        host = authority.substr(at + 1);
    }
    if (auto read = read_host(host, address); !read) return read;
    if (database.size() <= 1) return {};
    return read_database(database.substr(1), address);
}

Result<void> read_unix(std::string_view rest, RedisAddress& address) {
    // A path may contain '@', so credentials end at the '@' before its first slash.
    if (!rest.starts_with('/')) {
        const auto credentials = cut_before(rest, "@/");
        if (!credentials) return refuse("must name an absolute path");
        if (auto read = read_credentials(*credentials, address); !read) return read;
        address.path = "/";
    }
    const std::size_t question = rest.find('?');
    const auto path = percent_decoded(rest.substr(0, question));
    if (!path) return refuse("has a broken % escape in its path");
    address.path += *path;
    if (question == std::string_view::npos) return {};
    std::string_view query = rest.substr(question + 1);
    if (!query.starts_with("db=")) return refuse("knows no option but db");
    return read_database(query.substr(3), address);
}

}  // namespace

Result<RedisAddress> RedisAddress::parse(std::string_view url) {
    RedisAddress address;
    const auto scheme = cut_before(url, "://");
    Result<void> read = refuse("must begin with redis:// or unix://");
    if (scheme == "redis")
        read = read_tcp(url, address);
    else if (scheme == "unix")
        read = read_unix(url, address);
    else if (scheme == "rediss")
        read = fail(ErrorKind::invalid,
                    "rediss:// is not supported: this program has no TLS for Redis", "REDIS_URL",
                    "put a TLS tunnel on this machine in front and name its socket");
    if (!read) return read.fault();
    return address;
}

std::string RedisAddress::url() const {
    RedisAddress escaped = *this;
    escaped.path = percent_encoded(path, false);
    std::string text = escaped.display();
    if (user.empty() && password.empty()) return text;
    const std::string credentials =
        percent_encoded(user, true) + ':' + percent_encoded(password, true) + '@';
    return text.insert(text.find("://") + 3, credentials);
}

std::string RedisAddress::display() const {
    std::string where = host.empty() ? "unix://" + path
                        : host.find(':') != std::string::npos
                            ? "redis://[" + host + "]:" + std::to_string(port)
                            : "redis://" + host + ':' + std::to_string(port);
    if (database == 0) return where;
    return where + (host.empty() ? "?db=" : "/") + std::to_string(database);
}

}  // namespace contracts
