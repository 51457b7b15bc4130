#include "control/settings/settings.h"

#include "control/store/database.h"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <charconv>

namespace control {

using contracts::Environment;
using contracts::fail;
using contracts::RedisAddress;
using contracts::Result;

namespace {

constexpr std::string_view kModelUpstream = "https://api.anthropic.com";
// A socket's address has 108 bytes, a NUL among them; of a longer path the file name and the way to
// its directory's descriptor (control/http/listening_socket.cpp).
constexpr std::size_t kMaxSocketPath = 107;
constexpr std::size_t kMaxSocketName = 80;
constexpr std::string_view kOpenaiUpstream = "https://api.openai.com";

// As the socket's address takes it (control/http/listening_socket.cpp).
bool is_numeric_address(const std::string& text) {
    addrinfo wanted{};
    wanted.ai_flags = AI_NUMERICHOST;
    addrinfo* found = nullptr;
    if (text.empty() || ::getaddrinfo(text.c_str(), nullptr, &wanted, &found) != 0) return false;
    ::freeaddrinfo(found);
    return true;
}

void read_listen(Environment& environment, Settings& settings) {
    const std::string listen = environment.text("LISTEN", "127.0.0.1:8080");
    const std::size_t colon = listen.rfind(':');
    int port = -1;
    if (colon != std::string::npos) {
        const char* end = listen.data() + listen.size();
        const auto parsed = std::from_chars(listen.data() + colon + 1, end, port);
        if (parsed.ec != std::errc{} || parsed.ptr != end) port = -1;
    }
    if (port < 0 || port > 65'535)
        return environment.fault("LISTEN", "must be address:port, not \"" + listen + "\"");
    settings.listen_address = listen.substr(0, colon);
    std::string& address = settings.listen_address;
    if (address.starts_with('[') && address.ends_with(']'))
        address = address.substr(1, address.size() - 2);
    if (!is_numeric_address(address))
        environment.fault("LISTEN",
                          "must begin with a numeric address such as 127.0.0.1, 0.0.0.0 "
                          "or [::1], not \"" +
                              address + "\"");
    settings.listen_port = static_cast<std::uint16_t>(port);
}

void read_api(Environment& environment, Settings& settings) {
    settings.tls_certificate = environment.text("TLS_CERTIFICATE", "");
    settings.tls_key = environment.text("TLS_KEY", "");
    if (settings.tls_certificate.empty() != settings.tls_key.empty())
        environment.fault(settings.tls_key.empty() ? "TLS_KEY" : "TLS_CERTIFICATE",
                          "is missing beside the other of the two");
    settings.api_socket = environment.text("API_SOCKET", "");
    const std::string& socket = settings.api_socket;
    if (!socket.empty() && !socket.starts_with('/'))
        environment.fault("API_SOCKET", "must be an absolute path");
    else if (socket.size() > kMaxSocketPath &&
             socket.size() - socket.rfind('/') - 1 > kMaxSocketName)
        environment.fault("API_SOCKET", "must end in a file name of at most " +
                                            std::to_string(kMaxSocketName) + " bytes");
    settings.api_connections = environment.number("API_CONNECTIONS", 16'384, 1, 1'000'000);
    settings.api_rate = environment.number("API_RATE", 200, 0, 1'000'000);
    settings.access_log = environment.flag("ACCESS_LOG", true);
}

void read_roles(Environment& environment, Settings& settings) {
    std::string_view rest;
    const std::string text = environment.text("ROLES", "api,workers,graphs");
    for (rest = text; !rest.empty();) {
        const std::size_t comma = std::min(rest.find(','), rest.size());
        const std::string role(rest.substr(0, comma));
        rest.remove_prefix(std::min(comma + 1, rest.size()));
        if (std::ranges::find(kRoleNames, role) == std::end(kRoleNames))
            environment.fault("ROLES",
                              "has no role \"" + role + "\"; there are api, workers, graphs");
        else
            settings.roles.insert(role);
    }
}

void read_redis(Environment& environment, Settings& settings) {
    const std::optional<std::string> url = environment.find("REDIS_URL");
    if (!url) return;
    Result<RedisAddress> address = RedisAddress::parse(*url);
    if (address)
        settings.redis = std::move(*address);
    else
        environment.fault("REDIS_URL", address.error().message);
}

void read_docker(Environment& environment, Settings& settings) {
    constexpr std::string_view kUnix = "unix://";
    const std::string host = environment.text("DOCKER_HOST", "unix:///var/run/docker.sock");
    if (host.starts_with(kUnix))
        settings.docker_socket = host.substr(kUnix.size());
    else if (host.starts_with('/'))
        settings.docker_socket = host;
    else
        environment.fault("DOCKER_HOST", "must be unix:///path, not \"" + host + "\"");
}

std::string read_upstream(Environment& environment, const char* name, std::string_view usual) {
    std::string url = environment.text(name, std::string(usual));
    while (url.ends_with('/'))
        url.pop_back();
    if (!url.starts_with("http://") && !url.starts_with("https://"))
        environment.fault(name, "must begin with http:// or https://");
    return url;
}

void read_model(Environment& environment, Settings& settings) {
    settings.model_upstream = read_upstream(environment, "MODEL_UPSTREAM", kModelUpstream);
    settings.model_key = environment.text("ANTHROPIC_API_KEY", "");
    settings.openai_upstream = read_upstream(environment, "OPENAI_UPSTREAM", kOpenaiUpstream);
    settings.openai_key = environment.text("OPENAI_API_KEY", "");
}

template <class Choice>
void read_choice(Environment& environment, const char* name, Choice& choice) {
    const std::optional<std::string> text = environment.find(name);
    if (!text) return;
    if (const auto parsed = contracts::parse_choice<Choice>(*text)) {
        choice = *parsed;
        return;
    }
    std::string names;
    for (const std::string_view one : choices_of(choice))
        names.append(names.empty() ? "" : ", ").append(one);
    environment.fault(name, "must be one of " + names + ", not \"" + *text + "\"");
}

void read_retention(Environment& environment, Retention& retention) {
    const auto days = [&](const char* name, std::chrono::days& keep) {
        keep = std::chrono::days(environment.number(name, keep.count(), 1, 36'500));
    };
    days("KEEP_EXECUTIONS_DAYS", retention.executions);
    days("KEEP_THREADS_DAYS", retention.threads);
    days("KEEP_EVENTS_DAYS", retention.events);
    days("KEEP_WORKERS_DAYS", retention.workers);
    days("KEEP_TOKENS_DAYS", retention.tokens);
}

void read_log(Environment& environment, Settings& settings) {
    const std::string level = environment.text("LOG_LEVEL", "INFO");
    if (const auto parsed = contracts::parse_log_level(level))
        settings.log_level = *parsed;
    else
        environment.fault("LOG_LEVEL", "must be DEBUG, INFO, WARNING or ERROR");
    const std::string format = environment.text("LOG_FORMAT", "json");
    if (const auto parsed = contracts::parse_log_format(format))
        settings.log_format = *parsed;
    else
        environment.fault("LOG_FORMAT", "must be json or console");
}

// The first of the candidates that is there; the last one when none is, for whoever needs it to
// complain about.
std::string first_there(std::initializer_list<std::string> candidates) {
    for (const std::string& candidate : candidates)
        if (::access(candidate.c_str(), R_OK) == 0) return candidate;
    return *(candidates.end() - 1);
}

void read_places(Environment& environment, Settings& settings, const std::string& beside) {
    settings.data_directory = environment.text("DATA_DIR", "/var/lib/orchestrator");
    if (!settings.data_directory.starts_with('/'))
        environment.fault("DATA_DIR", "must be an absolute path");
    while (settings.data_directory.size() > 1 && settings.data_directory.ends_with('/'))
        settings.data_directory.pop_back();
    settings.secrets_key = environment.text("SECRETS_KEY_FILE", "");
    if (!settings.secrets_key.empty() && !settings.secrets_key.starts_with('/'))
        environment.fault("SECRETS_KEY_FILE", "must be an absolute path");
    settings.bin_directory = environment.text(
        "WORKER_BIN_DIR", first_there({beside + "/../../release/bin", beside + "/worker", beside}));
    settings.agents_directory = environment.text("AGENTS_DIR", settings.data_directory + "/agents");
    settings.base_image = environment.text("BASE_IMAGE", "debian:bookworm");
    settings.build_network = environment.text("BUILD_NETWORK", "");
}

void read_store(Environment& environment, Settings& settings) {
    settings.database_url = environment.text("DATABASE_URL", "");
    if (!settings.database_url.empty() && !is_postgres_url(settings.database_url))
        environment.fault("DATABASE_URL",
                          "must begin with postgresql://; without it the store is SQLite's, in "
                          "DATA_DIR");
}

}  // namespace

Result<Settings> read_settings(Environment environment, const std::string& program_directory) {
    Settings settings;
    read_listen(environment, settings);
    read_api(environment, settings);
    read_roles(environment, settings);
    read_redis(environment, settings);
    read_docker(environment, settings);
    read_model(environment, settings);
    read_choice(environment, "RUNTIME", settings.runtime);
    read_choice(environment, "DEVELOPER_AGENT", settings.developer_agent);
    read_log(environment, settings);
    read_places(environment, settings, program_directory);
    settings.max_workers = environment.number("MAX_CONCURRENT_WORKERS", 10, 1, 1000);
    settings.creation_timeout =
        environment.seconds("WORKER_CREATION_TIMEOUT", std::chrono::seconds(300),
                            std::chrono::seconds(1), std::chrono::hours(24));
    settings.worker_memory_mb = environment.number("WORKER_MEMORY_MB", 512, 64, 1 << 20);
    settings.worker_cpus =
        static_cast<double>(environment.number("WORKER_CPU_PERCENT", 50, 5, 100'000)) / 100;
    read_store(environment, settings);
    read_retention(environment, settings.retention);
    if (Result<void> read = environment.finish(); !read) return fail(std::move(read.error()));
    return settings;
}

}  // namespace control
