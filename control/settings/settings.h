// What the daemon is told, from its environment and command line, with every fault named at once.
#pragma once

#include "contracts/base/environment.h"
#include "contracts/base/log.h"
#include "contracts/messages/worker.h"
#include "contracts/streams/address.h"
#include "control/store/retention.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>

namespace control {

enum class RuntimeChoice {
    any,      // Docker Engine where one answers, else processes, said loudly
    docker,   // Docker Engine or nothing
    process,  // no isolation
};
inline constexpr std::string_view kRuntimeChoiceNames[] = {"auto", "docker", "process"};
constexpr contracts::Choices choices_of(RuntimeChoice) {
    return kRuntimeChoiceNames;
}

inline constexpr std::string_view kRoleNames[] = {"api", "workers", "graphs"};

struct Settings {
    std::string data_directory;  // DATA_DIR
    std::string database_url;    // DATABASE_URL; empty: SQLite in the data directory
    std::string secrets_key;     // SECRETS_KEY_FILE; empty: in the data directory
    std::string listen_address;  // LISTEN, "127.0.0.1:8080"; port 0: the kernel chooses
    std::uint16_t listen_port = 0;
    std::string tls_certificate;                   // TLS_CERTIFICATE; empty: plain HTTP
    std::string tls_key;                           // TLS_KEY
    std::string api_socket;                        // API_SOCKET; empty: none
    std::int64_t api_connections = 16'384;         // API_CONNECTIONS
    std::int64_t api_rate = 200;                   // API_RATE, requests a second and token; 0: any
    bool access_log = true;                        // ACCESS_LOG
    std::set<std::string> roles;                   // ROLES
    std::optional<contracts::RedisAddress> redis;  // REDIS_URL; empty: a private server
    RuntimeChoice runtime = RuntimeChoice::any;    // RUNTIME
    std::string docker_socket;                     // DOCKER_HOST, without its unix://
    std::string bin_directory;     // WORKER_BIN_DIR: worker-wrapper and orchestrator for workers
    std::string agents_directory;  // AGENTS_DIR: the agents' binaries, one folder an agent
    std::string base_image;        // BASE_IMAGE
    std::string build_network;  // BUILD_NETWORK: of image build steps; empty: the engine's default
    std::int64_t max_workers = 10;               // MAX_CONCURRENT_WORKERS
    std::chrono::seconds creation_timeout{300};  // WORKER_CREATION_TIMEOUT
    std::int64_t worker_memory_mb = 512;         // WORKER_MEMORY_MB
    double worker_cpus = 0.5;                    // WORKER_CPU_PERCENT / 100
    std::string model_upstream;                  // MODEL_UPSTREAM
    std::string model_key;                       // ANTHROPIC_API_KEY
    std::string openai_upstream;                 // OPENAI_UPSTREAM
    std::string openai_key;                      // OPENAI_API_KEY
    contracts::AgentType developer_agent = contracts::AgentType::claude;  // DEVELOPER_AGENT
    Retention retention;                                                  // KEEP_…_DAYS
    contracts::LogLevel log_level = contracts::LogLevel::info;            // LOG_LEVEL
    contracts::LogFormat log_format = contracts::LogFormat::json;         // LOG_FORMAT
};

// `program_directory`: where the daemon's own file lies; workers' programs and image fragments are
// looked for beside it. Fails with `fatal`.
[[nodiscard]] contracts::Result<Settings> read_settings(contracts::Environment environment,
                                                        const std::string& program_directory);

}  // namespace control
