#include "wrapper/agent/factory.h"

#include "contracts/base/unique_fd.h"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>

namespace wrapper {

namespace {

using contracts::Json;
using contracts::text_at;
using contracts::UniqueFd;

constexpr std::string_view kDroidCounts[] = {"input_tokens", "output_tokens",
                                             "cache_read_input_tokens",
                                             "cache_creation_input_tokens", "factory_credits"};
constexpr const char* kSettingsFile = ".factory-worker.json";
// A custom model must have a name.
constexpr std::string_view kUsualModel = "claude-sonnet-4-5";

constexpr std::string_view kSettings =
    R"({"cloudSessionSync":false,"customModels":[{"displayName":"worker","provider":"anthropic",)"
    R"("apiKey":"${ANTHROPIC_API_KEY}","maxOutputTokens":32000}]})";

}  // namespace

FactoryRunner::FactoryRunner(RunnerSettings settings) : EventRunner(std::move(settings)) {}

AgentCommand FactoryRunner::begin(Turn turn) {
    begin_turn(std::move(turn));
    AgentCommand command;
    command.argv = {"droid", "exec", "-o", "stream-json", "--skip-permissions-unsafe"};
    const auto add = [&command](const char* name, std::string value) {
        command.argv.emplace_back(name);
        command.argv.push_back(std::move(value));
    };
    const std::string base_url = turn_.variable("ANTHROPIC_BASE_URL");
    if (base_url.empty()) {
        if (!settings_.model.empty()) add("-m", settings_.model);
        if (turn_.resume) add("-s", turn_.session_id);
    } else {
        const std::string model =
            settings_.model.empty() ? std::string(kUsualModel) : settings_.model;
        contracts::Result<std::string> file = write_settings(model, base_url);
        if (!file) {
            command.refused = file.error().describe();
            return command;
        }
        add("--settings", std::move(*file));
        add("-m", "custom:" + model);
        if (turn_.resume) add("--fork", turn_.session_id);
        command.environment.emplace_back("FACTORY_AIRGAP_ENABLED=1");
    }
    report_.usage_of_session = base_url.empty();
    command.input = std::move(turn_.prompt);
    return command;
}

// Replaces the file each time: an existing one may be the agent's link, and is not followed.
contracts::Result<std::string> FactoryRunner::write_settings(const std::string& model,
                                                             const std::string& base_url) const {
    Json document = *contracts::parse_json(kSettings);
    Json& only = document["customModels"][0];
    only["model"] = model;
    only["baseUrl"] = base_url;
    const std::string text = contracts::dump_json(document);
    const std::string home = turn_.variable("HOME");
    const AsAgent as_agent(settings_.user);
    const UniqueFd directory(::open(home.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    ::unlinkat(directory.get(), kSettingsFile, 0);
    const UniqueFd file(::openat(directory.get(), kSettingsFile,
                                 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file.valid() ||
        ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        return contracts::fail(contracts::system_error(errno, "write droid's settings in " + home));
    return home + "/" + kSettingsFile;
}

void FactoryRunner::on_event(const Json& event, const std::string& type) {
    if (type == "system") {
        take_session(event, "session_id");
    } else if (type == "completion") {
        answered(true);
        take_session(event, "session_id");
        report_.text = text_at(event, "finalText");
        report_.usage = counts_of(object_at(event, "usage"), kDroidCounts);
    } else if (type == "error") {
        // The line of the program itself ("cli") only reports that there was an error.
        const bool first = report_.error.empty();
        const bool last = text_at(event, "source") == "cli";
        if (first || !last) report_.error = text_at(event, "message");
        answered(last);
    } else if (type == "tool_call") {
        answered(false);
        const Json& input = object_at(event, "parameters");
        std::string what;
        for (const char* key : {"summary", "command", "file_path", "pattern", "url", "query"})
            if (what.empty()) what = text_at(input, key);
        tell(text_at(event, "toolName"), what);
    }
}

void FactoryRunner::conclude() {
    if (report_.text) report_.error.clear();  // the agent recovered from it
    if (!printed_nothing()) return;
    // droid prints nothing when it cannot read a session, nor for an empty prompt.
    report_.session_unknown = turn_.resume;
    report_.error = turn_.resume ? "droid ended without a word: it does not know the session " +
                                       turn_.session_id
                                 : "droid ended without a word; its log is in .factory/logs of "
                                   "its home";
}

}  // namespace wrapper
