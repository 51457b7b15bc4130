#include "control/ports/bus_port.h"

#include "contracts/streams/connection.h"
#include "control/bus/bus_check.h"
#include "control/ports/fatal.h"

namespace control {

using contracts::Connection;
using contracts::ErrorKind;
using contracts::fail;
using contracts::RedisAddress;
using contracts::Result;

namespace {

// A connection without the password is accepted, and refused at its first command.
Result<void> check_password(Connection& connection, const RedisAddress& address) {
    const Result<contracts::Reply> answer = connection.command({"PING"});
    if (answer || answer.error().kind != ErrorKind::fatal) return {};
    return fail(ErrorKind::fatal, "Redis at " + address.display() + " asks for a password",
                "REDIS_URL", "put it there: redis://:password@host or unix://:password@/path");
}

Result<void> check_answers(const RedisAddress& address, const contracts::Log& log) {
    Result<Connection> connection = Connection::dial(address);
    if (!connection) {
        connection.error().next_step = "check REDIS_URL";
        return fatal(std::move(connection.error()));  // it names the server
    }
    if (Result<void> let_in = check_password(*connection, address); !let_in) return let_in;
    return check_bus(*connection, log);
}

}  // namespace

Result<BusPort> open_bus(const BusSettings& settings, const DataDirectory& data,
                         const contracts::Log& log) {
    BusPort bus;
    // In a shell that took over `orchestratord env` REDIS_URL names our own server's socket.
    const bool is_own = settings.redis && settings.redis->host.empty() &&
                        settings.redis->path == ServerFiles{data.redis()}.socket();
    if (settings.redis && !is_own) {
        bus.address = *settings.redis;
    } else {
        auto started = RedisServer::start(data.redis(), log);
        if (!started) return fatal(std::move(started.error()));
        bus.server = std::move(*started);
        bus.address = bus.server->address();
    }
    if (Result<void> answers = check_answers(bus.address, log); !answers)
        return fail(std::move(answers.error()));
    bus.logins = std::make_unique<WorkerLogins>(bus.address);
    return bus;
}

}  // namespace control
