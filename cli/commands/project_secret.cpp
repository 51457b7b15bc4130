// A secret's value is read from standard input or a file, never from an argument: other users can
// see arguments in the process list, and shells store them.
#include "cli/commands/commands.h"
#include "cli/commands/rest.h"
#include "cli/hidden_line.h"
#include "cli/input.h"
#include "contracts/entities/secrets.h"

#include <unistd.h>

namespace cli::commands {

namespace {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::kMaxSecretBytes;
using contracts::Result;

Result<std::string> path_of(const std::string& project) {
    if (Result<void> id = check_identifier("project_id", project); !id) return id.fault();
    return "/api/projects/" + project + "/secrets";
}

// The secret that an argument names.
struct Named {
    std::optional<std::string> name;
    std::optional<std::string> project;

    void declare(Options& options) {
        options.argument("NAME", name, "a capital letter or _, then at most 63 of A-Z 0-9 _");
        options.required("--project", "ID", project, "the project's id");
    }
    [[nodiscard]] Result<std::string> path() const {
        Result<std::string> path = path_of(*project);
        if (!path) return path;
        if (Result<void> checked = contracts::check_secret_name(*name); !checked)
            return checked.fault();
        return *path + '/' + *name;
    }
    [[nodiscard]] Json data() const { return {{"project_id", *project}, {"name", *name}}; }
};

class SecretSet final : public Command {
public:
    void declare(Options& options) override {
        named_.declare(options);
        options.text(
            "--value-file", "FILE", file_,
            "a file with its value, byte for byte; otherwise standard input, without the newline "
            "at its end, or one hidden line from a terminal");
    }

    Result<Outcome> run(Session& session) override {
        Result<std::string> path = named_.path();
        if (!path) return path.fault();
        Result<std::string> value = read_value(session.stdin_fd);
        if (!value) return value.fault();
        Result<ApiAnswer> answer =
            session.destination->api({"PUT", *path, Json{{"value", *std::move(value)}}});
        if (!answer) return answer.fault();
        return Outcome{named_.data(), "secret " + *named_.name + " is set"};
    }

private:
    [[nodiscard]] Result<std::string> read_value(int stdin_fd) const {
        const bool from_stdin = !file_ || *file_ == "-";
        Result<std::string> value =
            from_stdin && ::isatty(stdin_fd) == 1
                ? read_hidden_line(stdin_fd, STDERR_FILENO, *named_.name + ": ", kMaxSecretBytes)
                : read_text_file("value", file_.value_or("-"), stdin_fd,
                                 kMaxSecretBytes + (from_stdin ? 1 : 0));
        if (!value) {
            value.error().field = "value";
            return value;
        }
        if (from_stdin && value->ends_with('\n')) value->pop_back();
        if (value->empty() || value->size() > kMaxSecretBytes)
            return fail(ErrorKind::invalid,
                        value->empty()
                            ? "must not be empty"
                            : "must have 1 to " + std::to_string(kMaxSecretBytes) + " bytes",
                        "value", from_stdin ? "write it to standard input" : "");
        if (Result<void> text = check_text("value", *value); !text) return text.fault();
        return value;
    }

    Named named_;
    std::optional<std::string> file_;
};

class SecretList final : public Command {
public:
    void declare(Options& options) override {
        options.required("--project", "ID", project_, "the project's id");
        page_.declare(options);
    }
    Result<Outcome> run(Session& session) override {
        Result<std::string> path = path_of(*project_);
        if (!path) return path.fault();
        Result<std::string> query = page_.query();
        if (!query) return query.fault();
        return list(session, *path + *query, {"name", "created_at", "updated_at"});
    }

private:
    std::optional<std::string> project_;
    Page page_;
};

class SecretUnset final : public Command {
public:
    void declare(Options& options) override { named_.declare(options); }
    Result<Outcome> run(Session& session) override {
        Result<std::string> path = named_.path();
        if (!path) return path.fault();
        Result<ApiAnswer> answer = session.destination->api({"DELETE", *path});
        if (!answer) return answer.fault();
        return Outcome{named_.data(), "secret " + *named_.name + " is unset"};
    }

private:
    Named named_;
};

}  // namespace

std::unique_ptr<Command> project_secret_set() {
    return std::make_unique<SecretSet>();
}
std::unique_ptr<Command> project_secret_list() {
    return std::make_unique<SecretList>();
}
std::unique_ptr<Command> project_secret_unset() {
    return std::make_unique<SecretUnset>();
}

}  // namespace cli::commands
