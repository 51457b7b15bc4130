#include "control/graphs/graphs.h"

#include "control/wiring/wiring.h"

namespace control::wiring {

namespace {

using contracts::Result;

class GraphsRole final : public Role {
public:
    GraphsRole(Ports& ports, graphs::GraphsSettings settings)
        : graphs_(ports.database(), ports.bus->address, *ports.forge, ports.clock, ports.log,
                  std::move(settings)) {}

    Result<void> start() override { return graphs_.start(); }
    void stop() override { graphs_.stop(); }

private:
    graphs::Graphs graphs_;
};

}  // namespace

MadeRole graphs(Ports& ports, const Settings& settings) {
    graphs::GraphsSettings chosen;
    chosen.instance = ports.data.owner();
    chosen.engineering = settings.engineering;
    return std::make_unique<GraphsRole>(ports, std::move(chosen));
}

}  // namespace control::wiring
