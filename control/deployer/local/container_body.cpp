#include "control/deployer/local/container_body.h"

#include "control/runtime/docker/container_spec.h"
#include "control/runtime/docker/walls.h"

namespace control::deployer {

using contracts::Json;

namespace {

constexpr std::string_view kFiles = "/app";

Json host_config(const DeploymentSpec& spec, const ContainerFacts& facts) {
    Json config = docker::walls({.memory_bytes = spec.limits.memory_bytes,
                                 .cpus = spec.limits.cpus,
                                 .pids = spec.limits.pids});
    if (spec.outbound) config["NetworkMode"] = network_name(spec.key);
    // None of our programs runs in it, so the engine's init reaps orphaned processes.
    config["Init"] = facts.has_init;
    config["Tmpfs"] = {{"/tmp", "size=" + docker::mebibytes(spec.limits.memory_bytes / 8) +
                                    ",mode=1777,nosuid,nodev"}};
    config["RestartPolicy"] = {{"Name", "no"}};  // `keep` changes it after the first answer
    return config;
}

Json labels(const VersionName& name, const ContainerFacts& facts) {
    return {{docker::kOwnerLabel, facts.owner},
            {kDeploymentLabel, name.key},
            {kVersionLabel, name.version},
            // Overrides the image's labels, which could make this look like a worker's.
            {docker::kWorkerLabel, ""},
            {docker::kLaunchLabel, ""}};
}

}  // namespace

std::string container_name(const VersionName& name) {
    return "deploy-" + name.key + "-" + name.version;
}

std::string image_tag(const VersionName& name) {
    return "deploy-" + name.key + ":" + name.version;
}

std::string network_name(const std::string& key) {
    return "deploy-" + key;
}

Json container_body(const VersionName& name, const DeploymentSpec& spec,
                    const ContainerFacts& facts) {
    const std::string user = std::to_string(user_of(spec));
    Json environment = Json::array();
    for (const auto& [variable, value] : full_environment(spec, facts.port))
        environment.push_back(variable + "=" + value);
    Json body{
        {"Image", image_tag(name)},
        {"User", user + ":" + user},
        {"Tty", false},
        {"OpenStdin", false},
        {"StdinOnce", false},
        {"StopSignal", "SIGTERM"},
        {"Healthcheck", {{"Test", Json::array({"NONE"})}}},
        {"Env", std::move(environment)},
        {"Labels", labels(name, facts)},
        {"HostConfig", host_config(spec, facts)},
    };
    if (facts.own_image) return body;
    body["Entrypoint"] = Json::array({"/bin/sh", "-c", spec.run});
    body["Cmd"] = Json::array();
    body["WorkingDir"] = kFiles;
    return body;
}

}  // namespace control::deployer
