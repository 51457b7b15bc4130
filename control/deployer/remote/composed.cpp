#include "control/deployer/remote/composed.h"

#include "control/runtime/docker/containers.h"

namespace control::deployer {

using contracts::fail;
using contracts::Json;
using contracts::Result;

namespace {

constexpr std::chrono::seconds kEndLimit{60};

std::string filter_of(const std::string& project) {
    const Json filters{{"label", Json::array({"com.docker.compose.project=" + project})}};
    return "filters=" + encode_percent(contracts::dump_json(filters));
}

Result<void> remove_all(const docker::Engine& engine, const std::string& list,
                        const std::string& path, const std::string& options) {
    const auto listed = engine.get(list);
    if (!listed) return listed.fault();
    for (const Json& one : *listed) {
        const std::string id = docker::text_at(one, "Id");
        const auto gone =
            engine.ask("DELETE", path + encode_percent(id) + options, std::nullopt, kEndLimit);
        if (!gone) return gone.fault();
        // 409: a removal is already under way.
        if (gone->status / 100 != 2 && gone->status != 404 && gone->status != 409)
            return fail(docker::refusal(gone->status, gone->body, "remove " + id));
    }
    return {};
}

}  // namespace

Result<std::vector<std::string>> take_down_composed(const docker::Engine& engine,
                                                    const std::string& project) {
    const std::string filter = filter_of(project);
    if (auto gone =
            remove_all(engine, "/containers/json?all=1&" + filter, "/containers/", "?force=1");
        !gone)
        return gone.fault();
    if (auto gone = remove_all(engine, "/networks?" + filter, "/networks/", ""); !gone)
        return gone.fault();
    const auto volumes = engine.get("/volumes?" + filter);
    if (!volumes) return volumes.fault();
    std::vector<std::string> names;
    for (const Json& volume : docker::member(*volumes, "Volumes"))
        names.push_back(docker::text_at(volume, "Name"));
    return names;
}

}  // namespace control::deployer
