#include "control/ports/bus_port.h"

#include "contracts/streams/connection.h"
#include "control/bus/bus_check.h"
#include "control/bus_tunnel/sentinels.h"
#include "control/ports/fatal.h"

namespace control {

using contracts::Connection;
using contracts::ErrorKind;
using contracts::fail;
using contracts::RedisAddress;
using contracts::Result;

namespace {

// Redis accepts a connection without the password, and refuses its first command.
Result<void> check_password(Connection& connection, const RedisAddress& address) {
    const Result<contracts::Reply> answer = connection.command({"PING"});
    if (answer || answer.error().kind != ErrorKind::fatal) return {};
    return fail(ErrorKind::fatal, "Redis at " + address.display() + " requires a password",
                "REDIS_URL", "add it to the URL: redis://:password@host or unix://:password@/path");
}

Result<void> check_answers(const RedisAddress& address, const contracts::Log& log) {
    Result<Connection> connection = Connection::dial(address);
    if (!connection) {
        connection.error().next_step = "check REDIS_URL";
        return fatal(std::move(connection.error()));  // the message names the server
    }
    if (Result<void> let_in = check_password(*connection, address); !let_in) return let_in;
    return check_bus(*connection, log);
}

Result<std::string> open_tunnel(BusPort& bus, TunnelSettings settings, const contracts::Log& log) {
    auto tunnel = BusTunnel::open(std::move(settings), log);
    if (!tunnel) return tunnel.fault();
    bus.tunnels.push_back(std::move(*tunnel));
    return bus.tunnels.back()->path();
}

// Sentinels that speak TLS are asked through tunnels of their own. One that cannot be reached now
// is left out until the next start, as long as another one can be.
Result<std::vector<RedisAddress>> reach_sentinels(BusPort& bus, const RemoteBus& remote,
                                                  const TlsClient& tls, const DataDirectory& data,
                                                  const contracts::Log& log) {
    if (!tls) return remote.sentinels;
    std::vector<RedisAddress> reached;
    std::optional<contracts::Error> last;
    for (const RedisAddress& sentinel : remote.sentinels) {
        auto path =
            open_tunnel(bus,
                        {.path = data.sentinel_socket(reached.size()),
                         .locate = [sentinel]() -> Result<RedisAddress> { return sentinel; },
                         .tls = tls},
                        log);
        if (path)
            reached.push_back({.path = *path, .password = sentinel.password});
        else
            last = std::move(path.error());
        if (last) log.warning("a Sentinel cannot be reached", {{"error", last->describe()}});
    }
    if (reached.empty() && last) return fail(std::move(*last));
    return reached;
}

Result<RedisAddress> open_remote(BusPort& bus, const RemoteBus& remote, const DataDirectory& data,
                                 const contracts::Log& log) {
    TlsClient tls;
    if (remote.tls) {
        Result<TlsClient> loaded = load_tls_client(tls_files(remote));
        if (!loaded) return loaded.fault();
        tls = std::move(*loaded);
    }
    std::function<Result<RedisAddress>()> locate = [server = remote.server] {
        return Result<RedisAddress>(server);
    };
    if (!remote.master.empty()) {
        auto sentinels = reach_sentinels(bus, remote, tls, data, log);
        if (!sentinels) return sentinels.fault();
        locate = [asked = Sentinels(std::move(*sentinels), remote.master)] {
            return asked.find_master();
        };
    }
    auto path = open_tunnel(
        bus, {.path = data.bus_socket(), .locate = std::move(locate), .tls = std::move(tls)}, log);
    if (!path) return path.fault();
    return RedisAddress{.path = std::move(*path),
                        .user = remote.server.user,
                        .password = remote.server.password,
                        .database = remote.server.database};
}

}  // namespace

TlsClientFiles tls_files(const RemoteBus& remote) {
    return {
        .authorities = remote.authorities, .certificate = remote.certificate, .key = remote.key};
}

Result<BusPort> open_bus(const BusSettings& settings, const DataDirectory& data,
                         const contracts::Log& log) {
    BusPort bus;
    // In a shell that evaluated `orchestratord env`, REDIS_URL names our own server's socket.
    const bool is_own = settings.redis && settings.redis->host.empty() &&
                        settings.redis->path == ServerFiles{data.redis()}.socket();
    if (settings.remote) {
        auto address = open_remote(bus, *settings.remote, data, log);
        if (!address) return fatal(std::move(address.error()));
        bus.address = std::move(*address);
    } else if (settings.redis && !is_own) {
        bus.address = *settings.redis;
    } else {
        auto started = RedisServer::start(data.redis(), log);
        if (!started) return fatal(std::move(started.error()));
        bus.server = std::move(*started);
        bus.address = bus.server->address();
    }
    if (Result<void> answers = check_answers(bus.address, log); !answers) return answers.fault();
    bus.logins = std::make_unique<WorkerLogins>(bus.address);
    return bus;
}

}  // namespace control
