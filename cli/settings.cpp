#include "cli/settings.h"

#include "cli/input.h"
#include "contracts/agent_socket/protocol.h"

#include <sys/stat.h>
#include <cerrno>

namespace cli {

namespace {

using contracts::AllowedCommands;
using contracts::ErrorKind;
using contracts::Result;

// If nothing names another user, tasks are started for this one, which is the administrator of the
// machine.
constexpr std::string_view kAdminUser = "admin";

// Every server accepts a header that contains a token of this length.
constexpr std::size_t kMaxTokenBytes = 4096;

bool is_there(const std::string& path) {
    struct stat info;
    return ::stat(path.c_str(), &info) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

bool fits_a_header(std::string_view text) {
    for (const char c : text)
        if (static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7f)
            return false;
    return true;
}

// A mistake in the environment can only be fixed by whoever started this program.
std::unexpected<contracts::Error> misconfigured(contracts::Error error) {
    error.kind = ErrorKind::fatal;
    return contracts::fail(std::move(error));
}

}  // namespace

Result<Settings> Settings::read(const contracts::Environment::Lookup& lookup) {
    const auto text = [&](const char* name, std::string_view fallback = {}) {
        std::optional<std::string> value = lookup(name);
        return value && !value->empty() ? std::move(*value) : std::string(fallback);
    };
    Settings settings;
    settings.socket_path = text("ORCHESTRATOR_SOCKET", contracts::kAgentSocketPath);
    if (is_there(settings.socket_path)) settings.agent_socket = settings.socket_path;
    settings.inside_worker = !text("WORKER_ID").empty() || !settings.agent_socket.empty();
    settings.worker_type = text("WORKER_TYPE");
    settings.user_id = text("USER_ID", kAdminUser);
    settings.api_url = text("API_URL");
    settings.api_token = text("API_TOKEN");
    settings.redis_url = text("REDIS_URL");
    settings.ca_file = text("SSL_CERT_FILE");

    const std::optional<std::string> allowed = lookup("ALLOWED_COMMANDS");
    if (allowed) {
        Result<AllowedCommands> parsed = AllowedCommands::parse(*allowed);
        if (!parsed) return misconfigured(std::move(parsed.error()));
        settings.allowed = std::move(*parsed);
    } else if (settings.inside_worker) {
        settings.allowed = AllowedCommands();
    }
    if (!fits_a_header(settings.api_token))
        return contracts::fail(ErrorKind::fatal, "must not have blanks or control characters",
                               "API_TOKEN");
    if (settings.api_token.size() > kMaxTokenBytes)
        return contracts::fail(ErrorKind::fatal,
                               "must have at most " + std::to_string(kMaxTokenBytes) +
                                   " bytes, not " + std::to_string(settings.api_token.size()),
                               "API_TOKEN");
    if (Result<void> user = check_identifier("USER_ID", settings.user_id); !user)
        return misconfigured(std::move(user.error()));
    return settings;
}

}  // namespace cli
