#include "control/graphs/scaffolder/scaffolder.h"
#include "control/graphs/engineering/engineering.h"
#include "control/graphs/graphs.h"
#include "control/graphs/kit/forge_calls.h"
#include "control/graphs/kit/template_calls.h"
#include "control/templates/templates.h"
#include "control/wiring/calls_only.h"
#include "control/wiring/wiring.h"

#include <sys/stat.h>
#include <cerrno>

namespace control::wiring {

namespace {

using contracts::fail;
using contracts::Result;

// Answers the calls `templates.*`: it needs Copier and the forge, and moves no thread.
class ScaffolderRole final : public Role {
public:
    ScaffolderRole(Ports& ports, const Settings& settings)
        : templates_(make_copier({.copier = settings.templates.copier,
                                  .source = settings.templates.source,
                                  .directory = ports.data.renderings()})),
          calls_(calls_on_repositories(ports, "templates.")),
          graphs_(graphs_ports(ports), calls_only(ports, "scaffolder", calls_),
                  modules(ports, settings)) {}

    Result<void> start() override { return graphs_.start(); }
    void stop() override { graphs_.stop(); }
    Result<void> health() const override { return graphs_.health(); }
    Duties duties() const override { return {.calls = calls_.prefixes}; }

private:
    std::vector<graphs::Module> modules(Ports& ports, const Settings& settings) {
        // The forge's calls stand there for the graph to hold together; the filter leaves them to
        // the role `graphs`.
        graphs::CallHandlers calls = graphs::scaffold_calls(*ports.forge, *templates_);
        calls.merge(graphs::forge_calls(*ports.forge));
        std::vector<graphs::Module> all;
        all.push_back(graphs::engineering_module(settings.engineering, std::move(calls)));
        all.push_back(graphs::scaffolder_module({}, graphs::scaffold_call_names()));
        return all;
    }

    std::unique_ptr<Templates> templates_;
    graphs::CallFilter calls_;
    graphs::Graphs graphs_;
};

}  // namespace

MadeRole scaffolder(Ports& ports, const Settings& settings) {
    const std::string directory = ports.data.renderings();
    if (::mkdir(directory.c_str(), 0711) != 0 && errno != EEXIST)
        return fail(contracts::system_error(errno, "create " + directory));
    return std::make_unique<ScaffolderRole>(ports, settings);
}

}  // namespace control::wiring
