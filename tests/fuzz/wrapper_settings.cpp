// The environment of a worker.
#include "tests/fuzz/environment.h"
#include "wrapper/settings.h"

#include <algorithm>

using fuzz::require;
using wrapper::Settings;

namespace {

struct Explained {
    std::string told;
    std::string fault;
};

Explained explain(const fuzz::EnvironmentBlock& environment) {
    Explained explained;
    const auto done = wrapper::explain_settings(environment.list(), explained.told);
    if (!done) explained.fault = done.error().describe();
    return explained;
}

bool is_secret(std::string_view name) {
    return name == "API_TOKEN" || name == "ANTHROPIC_API_KEY" || name == "OPENAI_API_KEY" ||
           (name.starts_with("AGENT_ENV_") && name.size() > 10);
}

void check_settings(const Settings& settings) {
    using std::chrono::seconds;
    require(!settings.worker_id.empty() && settings.worker_id.size() <= 255, "a worker has an id");
    for (const std::string& path :
         {settings.state_directory, settings.workspace, settings.agent_home, settings.agent_socket,
          settings.bin_directory})
        require(path.starts_with('/'), "paths are absolute");
    require(settings.control_directory.empty() || settings.control_directory.starts_with('/'),
            "the control directory is absolute");
    require(settings.shutdown_grace >= seconds(0) && settings.shutdown_grace <= seconds(3600) &&
                settings.session_idle >= seconds(1) && settings.session_ttl >= seconds(1),
            "times are within their bounds");
    require(settings.redis.host.empty() != settings.redis.path.empty(), "the bus is somewhere");
    for (const std::string& word : settings.agent_command)
        require(word.find('\0') == std::string::npos, "an argument has no zero byte");
    for (const std::string& entry : settings.agent_environment)
        require(entry.find('=') != 0, "a variable has a name");
}

void check_lines(std::string_view told) {
    require(told.empty() || told.ends_with('\n'), "an explanation is whole lines");
    while (!told.empty()) {
        const std::string_view line = fuzz::take_until(told, '\n');
        require(line.find("  # ") != line.npos, "each line explains one setting");
        require(std::ranges::none_of(line, [](unsigned char c) { return c < ' ' || c == 0x7f; }),
                "nothing in a line moves a terminal's cursor");
    }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::EnvironmentBlock environment(fuzz::text_of(data, size));
    const auto settings = wrapper::read_settings(environment.list());
    const Explained explained = explain(environment);
    require(settings.has_value() == explained.fault.empty(),
            "an explanation fails as reading does");
    if (settings) {
        check_settings(*settings);
    } else {
        require(settings.error().kind == contracts::ErrorKind::fatal, "a fault is fatal");
        require(settings.error().describe() == explained.fault, "both name the same faults");
    }
    check_lines(explained.told);
    environment.replace(is_secret, "another");
    const Explained other = explain(environment);
    require(other.told == explained.told && other.fault == explained.fault,
            "what is told does not depend on a secret");
    return 0;
}
