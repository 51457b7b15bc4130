#include "control/settings/remote_bus.h"

#include <algorithm>

namespace control {

using contracts::ErrorKind;
using contracts::fail;
using contracts::RedisAddress;
using contracts::Result;

namespace {

constexpr std::string_view kTls = "rediss://";
constexpr std::string_view kSentinel = "redis+sentinel://";
constexpr std::string_view kTlsSentinel = "rediss+sentinel://";
constexpr std::uint16_t kSentinelPort = 26379;
constexpr std::size_t kMostSentinels = 15;

std::unexpected<contracts::Error> refuse_bus(std::string_view message) {
    return fail(ErrorKind::invalid, message, "REDIS_URL",
                "use rediss+sentinel://[user:password@]host[:port][,host[:port]…]/master[/db]");
}

Result<RedisAddress> sentinel_at(std::string_view host) {
    Result<RedisAddress> address = RedisAddress::parse("redis://" + std::string(host));
    if (!address) return address;
    // What is behind the host's own brackets.
    const std::size_t close = host.rfind(']');
    const std::string_view rest = close == std::string_view::npos ? host : host.substr(close + 1);
    if (rest.find(':') == std::string_view::npos) address->port = kSentinelPort;
    return address;
}

Result<void> read_sentinels(std::string_view hosts, RemoteBus& bus) {
    for (;;) {
        const std::size_t comma = hosts.find(',');
        Result<RedisAddress> one = sentinel_at(hosts.substr(0, comma));
        if (!one) return one.fault();
        bus.sentinels.push_back(std::move(*one));
        if (bus.sentinels.size() > kMostSentinels)
            return refuse_bus("names more than 15 Sentinels");
        if (comma == std::string_view::npos) return {};
        hosts.remove_prefix(comma + 1);
    }
}

Result<RemoteBus> parse_sentinel(std::string_view rest, bool tls) {
    const std::string_view authority = rest.substr(0, rest.find('/'));
    std::string_view path = rest.substr(authority.size());
    if (path.size() <= 1) return refuse_bus("must name the master as Sentinel does: …/master");
    path.remove_prefix(1);
    const std::size_t slash = path.find('/');
    const std::size_t at = authority.rfind('@');
    const std::string login(at == std::string_view::npos ? "" : authority.substr(0, at + 1));
    const std::string database(slash == std::string_view::npos ? "" : path.substr(slash));
    // Its host stands for none.
    Result<RedisAddress> server = RedisAddress::parse("redis://" + login + "master" + database);
    if (!server) return server.fault();
    RemoteBus bus{.server = std::move(*server), .tls = tls};
    bus.server.host.clear();
    bus.master = path.substr(0, slash);
    if (bus.master.empty()) return refuse_bus("must name the master as Sentinel does: …/master");
    const std::string_view hosts =
        at == std::string_view::npos ? authority : authority.substr(at + 1);
    if (Result<void> read = read_sentinels(hosts, bus); !read) return read.fault();
    return bus;
}

}  // namespace

bool is_remote_bus(std::string_view url) {
    return url.starts_with(kTls) || url.starts_with(kSentinel) || url.starts_with(kTlsSentinel);
}

Result<RemoteBus> parse_remote_bus(std::string_view url) {
    if (url.starts_with(kSentinel)) return parse_sentinel(url.substr(kSentinel.size()), false);
    if (url.starts_with(kTlsSentinel)) return parse_sentinel(url.substr(kTlsSentinel.size()), true);
    Result<RedisAddress> server = RedisAddress::parse(
        "redis://" + std::string(url.substr(std::min(kTls.size(), url.size()))));
    if (!server) return server.fault();
    return RemoteBus{.server = std::move(*server), .tls = true};
}

void read(contracts::Environment& environment, std::optional<RemoteBus>& bus) {
    const std::string password = environment.text("REDIS_SENTINEL_PASSWORD", "");
    const std::string authorities = environment.text("REDIS_CA_FILE", "");
    const std::string certificate = environment.text("REDIS_CERTIFICATE", "");
    const std::string key = environment.text("REDIS_KEY", "");
    if (certificate.empty() != key.empty())
        environment.fault(certificate.empty() ? "REDIS_CERTIFICATE" : "REDIS_KEY",
                          "must be given as well: a certificate needs its key");
    if (!bus) return;
    for (RedisAddress& sentinel : bus->sentinels)
        sentinel.password = password;
    bus->authorities = authorities;
    bus->certificate = certificate;
    bus->key = key;
}

}  // namespace control
