#include "control/settings/deployments.h"

#include "contracts/base/number.h"
#include "control/settings/shapes.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <algorithm>

namespace control {

using contracts::Environment;
using namespace std::chrono_literals;

namespace {

// The user of a deployment follows from its port, within a range of this size.
constexpr std::int64_t kMostPorts = 10'000;

// A name or an id; a pattern would be read as the name of a project that does not exist.
bool is_project(const std::string& text) {
    return !text.empty() && text.size() <= 63 && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

bool is_ip_address(const std::string& text) {
    unsigned char bytes[sizeof(in6_addr)];
    return ::inet_pton(AF_INET, text.c_str(), bytes) == 1 ||
           ::inet_pton(AF_INET6, text.c_str(), bytes) == 1;
}

// It becomes the host of a URL.
bool is_host(const std::string& text) {
    const bool is_name =
        !text.empty() && text.size() <= 253 && std::ranges::all_of(text, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                   c == '-' || c == '.';
        });
    return is_name || is_ip_address(text);
}

void read_outbound(Environment& environment, graphs::DeployCallSettings& settings) {
    const auto text = environment.find("DEPLOY_OUTBOUND");
    if (!text) return;
    for (std::string& project : split_list(*text)) {
        if (!is_project(project))
            return environment.fault("DEPLOY_OUTBOUND",
                                     "must be names or ids of projects, separated by commas; \"" +
                                         project + "\" is neither");
        settings.outbound_projects.insert(std::move(project));
    }
}

void read_body(Environment& environment, graphs::DeployCallSettings& settings) {
    const std::string text = environment.text("DEPLOYER", "local");
    const auto found = std::ranges::find(graphs::kDeployBodyNames, text);
    if (found == std::end(graphs::kDeployBodyNames))
        return environment.fault("DEPLOYER",
                                 "must be one of local, ssh, github, not \"" + text + "\"");
    settings.body = static_cast<graphs::DeployBody>(found - std::begin(graphs::kDeployBodyNames));
}

// The name of a file; a path could leave .github/workflows.
bool is_workflow(const std::string& text) {
    return text.size() <= 100 && (text.ends_with(".yml") || text.ends_with(".yaml")) &&
           text.find_first_of("/\\?#%") == std::string::npos;
}

void read_workflows(Environment& environment, graphs::DeployCallSettings& settings) {
    settings.deploy_workflow = environment.text("DEPLOY_WORKFLOW", settings.deploy_workflow);
    settings.build_workflow = environment.text("BUILD_WORKFLOW", settings.build_workflow);
    for (const auto& [name, file] : {std::pair("DEPLOY_WORKFLOW", settings.deploy_workflow),
                                     std::pair("BUILD_WORKFLOW", settings.build_workflow)})
        if (!is_workflow(file))
            environment.fault(
                name, "must be a file's name that ends in .yml or .yaml, not \"" + file + "\"");
    settings.registry_url = environment.text("REGISTRY_URL", "");
    settings.registry_user = environment.text("REGISTRY_USER", "");
    settings.registry_password = environment.text("REGISTRY_PASSWORD", "");
    if (settings.registry_url.find("://") != std::string::npos)
        environment.fault("REGISTRY_URL", "must be a registry's host without a scheme");
    while (settings.registry_url.ends_with('/'))
        settings.registry_url.pop_back();
}

void read_reserved(Environment& environment, graphs::DeployCallSettings& settings) {
    const auto text = environment.find("DEPLOY_RESERVED_PORTS");
    if (!text) return;
    for (const std::string& part : split_list(*text)) {
        const auto port = contracts::whole_number(part, 1, 65'535);
        if (!port)
            return environment.fault(
                "DEPLOY_RESERVED_PORTS",
                "must be ports, separated by commas; \"" + part + "\" is not a port");
        settings.reserved_ports.insert(*port);
    }
}

void read_ports(Environment& environment, graphs::DeployCallSettings& settings) {
    const std::string text =
        environment.text("DEPLOY_PORTS", std::to_string(settings.first_port) + "-" +
                                             std::to_string(settings.last_port));
    const std::size_t dash = text.find('-');
    const auto first = contracts::whole_number(text.substr(0, dash), 1024, 65'535);
    const auto last = dash == std::string::npos
                          ? first
                          : contracts::whole_number(text.substr(dash + 1), 1024, 65'535);
    if (!first || !last || *first > *last || *last - *first >= kMostPorts)
        return environment.fault("DEPLOY_PORTS",
                                 "must be a range of at most 10000 ports from 1024 to 65535, such "
                                 "as 8100-8999, not \"" +
                                     text + "\"");
    settings.first_port = *first;
    settings.last_port = *last;
}

}  // namespace

void read(Environment& environment, DeploymentSettings& settings) {
    graphs::DeployCallSettings& calls = settings.calls;
    read_body(environment, calls);
    read_workflows(environment, calls);
    calls.address = environment.text("DEPLOY_ADDRESS", calls.address);
    if (!is_ip_address(calls.address))
        environment.fault("DEPLOY_ADDRESS",
                          "must be a numeric address such as 127.0.0.1 or "
                          "0.0.0.0, not \"" +
                              calls.address + "\"");
    const bool everywhere = calls.address == "0.0.0.0" || calls.address == "::";
    calls.public_host =
        environment.text("DEPLOY_HOST", everywhere ? std::string("127.0.0.1") : calls.address);
    if (!is_host(calls.public_host))
        environment.fault("DEPLOY_HOST",
                          "must be a host name or an address, without a scheme or "
                          "a port, not \"" +
                              calls.public_host + "\"");
    read_ports(environment, calls);
    read_reserved(environment, calls);
    read_outbound(environment, calls);
    settings.graph.room_wait =
        environment.seconds("DEPLOY_ROOM_WAIT", settings.graph.room_wait, 1s, 8760h);
    settings.graph.secret_wait =
        environment.seconds("DEPLOY_SECRET_WAIT", settings.graph.secret_wait, 1s, 8760h);
    settings.graph.qa.is_on = environment.flag("DEPLOY_QA", false);
    calls.start_timeout =
        environment.seconds("DEPLOY_START_TIMEOUT", calls.start_timeout, 1s, 15min);
    calls.memory_mb = environment.number("DEPLOY_MEMORY_MB", calls.memory_mb, 64, 1 << 20);
    calls.cpus =
        static_cast<double>(environment.number("DEPLOY_CPU_PERCENT", 50, 1, 100'000)) / 100;
}

}  // namespace control
