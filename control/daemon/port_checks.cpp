#include "control/daemon/port_checks.h"

#include "control/bus/bus.h"

namespace control {

using contracts::Result;

namespace {

Result<void> check_store(Database& database) {
    Result<Rows> answered = database.query("SELECT 1");
    if (!answered) return answered.fault();
    return {};
}

// Keeps a connection; a broken one is dialled again at the next check.
Result<void> check_bus(Bus& bus) {
    Result<contracts::Connection*> connection = bus.connection();
    if (!connection) return connection.fault();
    Result<contracts::Reply> answered = (*connection)->command({"PING"});
    if (!answered) return answered.fault();
    return {};
}

// The cheapest question that the engine has to answer itself: whether an instance exists that does
// not.
Result<void> check_runtime(Runtime& runtime) {
    Result<WorkerInstance> found = runtime.inspect("none");
    if (found || found.error().kind == ErrorKind::not_found) return {};
    return found.fault();
}

}  // namespace

std::vector<NamedCheck> checks_of(Ports& ports) {
    std::vector<NamedCheck> checks{{"store",
                                    [&database = ports.database()] {
                                        return check_store(database);
                                    }},
                                   {"bus", [bus = std::make_shared<Bus>(ports.bus->address)] {
                                        return check_bus(*bus);
                                    }}};
    if (ports.runtime)
        checks.push_back({"runtime", [&runtime = *ports.runtime] {
                              return check_runtime(runtime);
                          }});
    return checks;
}

}  // namespace control
