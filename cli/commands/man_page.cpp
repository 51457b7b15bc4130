#include "cli/commands/man_page.h"

#include "cli/commands/commands.h"
#include "cli/common_options.h"

namespace cli::commands {

namespace {

// Escapes text for troff: hyphens and backslashes stay, and no line is read as a request.
std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\')
            out += "\\e";
        else if (c == '-')
            out += "\\-";
        else
            out += c;
    }
    if (out.starts_with('.') || out.starts_with('\'')) out.insert(0, "\\&");
    return out;
}

void add_line(std::string& page, std::string_view request, std::string_view text = {}) {
    page.append(request);
    if (!text.empty()) page.append(" ").append(text);
    page += '\n';
}

void add_item(std::string& page, std::string_view term, std::string_view text) {
    add_line(page, ".TP");
    add_line(page, ".B", escaped(term));
    add_line(page, escaped(text));
}

void add_command(std::string& page, const CommandEntry& entry) {
    const std::unique_ptr<Command> command = entry.make();
    Options options;
    CommonOptions common;
    declare_all(options, *command, common, entry.reach);
    add_line(page, ".SS", escaped(entry.words()));
    add_line(page, ".B", "orchestrator " + escaped(entry.words()));
    add_line(page, escaped(options.usage()));
    add_line(page, ".PP");
    add_line(page, escaped(std::string(entry.summary).append(".")));
    for (const Option& option : options.all()) {
        std::string term(option.name);
        if (!option.is_argument() && !option.placeholder.empty())
            term.append(" ").append(option.placeholder);
        add_item(page, term, option.help);
    }
    if (entry.reach != Reach::nothing) {
        add_line(page, ".PP");
        add_line(page, escaped("Permission: " + entry.permission()));
    }
    add_line(page, ".PP");
    add_line(page, "Example:");
    add_line(page, ".RS");
    add_line(page, ".nf");
    add_line(page, escaped(std::string("orchestrator ").append(entry.example)));
    add_line(page, ".fi");
    add_line(page, ".RE");
}

struct Term {
    std::string_view name;
    std::string_view meaning;
};

constexpr Term kExitStatus[] = {
    {"0", "done"},
    {"1", "failure; for wait: the task failed or was cancelled"},
    {"2", "the arguments or their values are wrong; the field is named"},
    {"3", "not found"},
    {"4", "not permitted; the answer says what is"},
    {"5", "conflict with what is there"},
    {"75", "try again: the same command with the request id that is named does nothing twice"},
    {"124", "wait timed out; the task continues"},
    {"130", "interrupted; the answer names what continues and how to return to it"},
    {"143", "the same, after SIGTERM"},
};

constexpr Term kEnvironment[] = {
    {"API_URL", "address of the API: http://host:port, https://host:port or unix:///path"},
    {"API_TOKEN", "the token that identifies you"},
    {"REDIS_URL", "address of the bus: redis://[:password@]host:port or unix:///path"},
    {"SSL_CERT_FILE", "trusted certificates (default: the system's)"},
    {"USER_ID", "the user for whom tasks are started"},
    {"ALLOWED_COMMANDS",
     "patterns such as project.* or engineering.start; inside a worker nothing is allowed without "
     "it"},
    {"ORCHESTRATOR_SOCKET", "the socket of PID 1, inside a worker"},
    {"NO_COLOR", "no colours, even on a terminal"},
};

template <std::size_t N>
void add_terms(std::string& page, std::string_view title, const Term (&terms)[N]) {
    add_line(page, ".SH", title);
    for (const Term& term : terms)
        add_item(page, term.name, term.meaning);
}

}  // namespace

std::string man_page(std::span<const CommandEntry> commands) {
    std::string page;
    add_line(page, ".TH", "ORCHESTRATOR 1 " ORCH_RELEASED " \"orchestrator " ORCH_VERSION "\"");
    add_line(page, ".SH", "NAME");
    add_line(page, "orchestrator \\- have agents build software, and look after it");
    add_line(page, ".SH", "SYNOPSIS");
    add_line(page, ".B", "orchestrator");
    add_line(page, ".I", "group command");
    add_line(page, "[options]");
    add_line(page, ".SH", "DESCRIPTION");
    add_line(
        page,
        escaped("Prints one line of JSON on standard output: success, data and message, or the "
                "error with its details. With -o table it prints for people. A command that "
                "writes may be repeated with its request id: nothing is done twice."));
    add_line(page, ".SH", "COMMANDS");
    for (const CommandEntry& entry : commands)
        add_command(page, entry);
    add_terms(page, "EXIT STATUS", kExitStatus);
    add_terms(page, "ENVIRONMENT", kEnvironment);
    return page;
}

namespace {

class Man final : public Command {
public:
    void declare(Options&) override {}
    contracts::Result<Outcome> run(Session& session) override {
        Outcome outcome;
        outcome.plain = man_page(session.commands);
        return outcome;
    }
};

}  // namespace

std::unique_ptr<Command> man() {
    return std::make_unique<Man>();
}

}  // namespace cli::commands
