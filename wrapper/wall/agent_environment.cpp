#include "wrapper/wall/agent_environment.h"

#include <unistd.h>
#include <cstdlib>

namespace wrapper {

namespace {

constexpr const char* kUsualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

std::string loopback(std::uint16_t port) {
    return "http://127.0.0.1:" + std::to_string(port);
}

}  // namespace

void AgentEnvironment::set(std::string_view name, std::string_view value) {
    set(std::string(name).append("=").append(value));
}

void AgentEnvironment::set(std::string_view entry) {
    const std::string_view name = entry.substr(0, entry.find('=') + 1);
    for (std::string& existing : entries_)
        if (existing.starts_with(name)) {
            existing = entry;
            return;
        }
    entries_.emplace_back(entry);
}

std::string_view AgentEnvironment::find(std::string_view name) const {
    for (const std::string_view entry : entries_)
        if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=')
            return entry.substr(name.size() + 1);
    return {};
}

void add_requested(AgentEnvironment& environment, const std::vector<std::string>& entries,
                   std::string_view bin_directory) {
    constexpr std::string_view kPath = "PATH=";
    for (const std::string_view entry : entries) {
        if (!entry.starts_with(kPath)) {
            environment.set(entry);
            continue;
        }
        const std::string_view more = entry.substr(kPath.size());
        if (more.empty()) continue;  // an empty part would be the current directory
        const std::string usual(environment.find("PATH").substr(bin_directory.size()));
        environment.set("PATH", std::string(bin_directory).append(":").append(more).append(usual));
    }
}

void add_relays(AgentEnvironment& environment, const RelayedPorts& ports) {
    if (ports.model != 0) {
        environment.set("ANTHROPIC_BASE_URL", loopback(ports.model));
        environment.set("OPENAI_BASE_URL", loopback(ports.model) + "/v1");
        for (const char* name : {"ANTHROPIC_API_KEY", "OPENAI_API_KEY"})
            environment.set(name, "worker");  // a placeholder: the daemon adds the key
    }
    if (ports.git != 0) {
        environment.set("GIT_CONFIG_COUNT", "1");
        environment.set("GIT_CONFIG_KEY_0", "url." + loopback(ports.git) + "/.insteadOf");
        environment.set("GIT_CONFIG_VALUE_0", "http://forge.worker/");
    }
    if (ports.egress != 0) {
        for (const char* name : {"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"})
            environment.set(name, loopback(ports.egress));
        environment.set("NODE_USE_ENV_PROXY", "1");
        // Java reads none of these variables.
        const std::string port = "Port=" + std::to_string(ports.egress);
        environment.set("JAVA_TOOL_OPTIONS", "-Dhttp.proxyHost=127.0.0.1 -Dhttp.proxy" + port +
                                                 " -Dhttps.proxyHost=127.0.0.1 -Dhttps.proxy" +
                                                 port);
        constexpr const char* kBundle = "/etc/ssl/certs/ca-certificates.crt";
        if (::access(kBundle, R_OK) == 0)
            for (const char* name : {"NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "PIP_CERT",
                                     "GIT_SSL_CAINFO", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"})
                environment.set(name, kBundle);
    }
    // With a proxy set, some agents would send even a loopback call there.
    for (const char* name : {"NO_PROXY", "no_proxy"})
        environment.set(name, "127.0.0.1,localhost");
}

void add_person(AgentEnvironment& environment, std::string_view home,
                std::string_view bin_directory) {
    environment.set("HOME", home);
    // TMPDIR is /var/tmp if the manager provides that on disk; the agent may write only to these
    // two.
    const char* temporary = std::getenv("TMPDIR");
    const bool on_disk = temporary != nullptr && std::string_view(temporary) == "/var/tmp";
    environment.set("TMPDIR", on_disk ? "/var/tmp" : "/tmp");
    for (const char* name : {"USER", "LOGNAME", "GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"})
        environment.set(name, "worker");
    for (const char* name : {"GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"})
        environment.set(name, "worker@orchestrator.invalid");
    environment.set("GIT_TERMINAL_PROMPT", "0");
    const char* path = std::getenv("PATH");  // the image's PATH leads to its agent
    environment.set("PATH", std::string(bin_directory)
                                .append(":")
                                .append(path != nullptr && *path != '\0' ? path : kUsualPath));
    environment.set("LANG", "C.UTF-8");
}

}  // namespace wrapper
