// The templates' port: answers become the files of a new project. Its body runs Copier (a Python
// program) in a directory of its own, as an unprivileged user if we are root, and without network
// unless the template is remote.
//
// Failure: if Copier is not installed, `fatal`; if the template refuses the answers, asks for more,
// or omits a module, `invalid`, with the template's own message; if it is slower than the deadline,
// `timed_out`. Ownership: a Rendering owns its directory and removes it. Thread: from any thread.
#pragma once

#include "contracts/base/result.h"
#include "contracts/messages/scaffolder.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace control {

struct TemplateAnswers {
    std::string project_name;
    std::string description;  // one sentence; empty: the template's own
    std::string task;         // the first task of the project; may be empty
    std::vector<contracts::Module> modules{};
};

struct TemplateSettings {
    std::string copier = "copier";  // the program, looked up on PATH unless it contains a slash
    std::string source{};           // a URL, a repository or a directory; empty: our own template
    std::string directory{};        // an existing directory in which renderings are created
    std::uint32_t uid = 19'999;     // the user that runs Copier if we are root
    std::chrono::seconds deadline{120};
};

// The files of one project, in a directory that is removed with this object.
class Rendering {
public:
    Rendering(std::string scratch, std::uint32_t uid) : scratch_(std::move(scratch)), uid_(uid) {}
    Rendering(Rendering&& other) noexcept
        : scratch_(std::exchange(other.scratch_, {})), uid_(other.uid_) {}
    Rendering& operator=(Rendering&&) = delete;
    ~Rendering();

    // Contains only the project's files; they belong to the user that ran Copier.
    [[nodiscard]] std::string project() const { return scratch_ + "/project"; }
    [[nodiscard]] const std::string& scratch() const { return scratch_; }
    [[nodiscard]] std::uint32_t uid() const { return uid_; }

private:
    std::string scratch_;  // empty: moved from
    std::uint32_t uid_ = 0;
};

class Templates {
public:
    virtual ~Templates() = default;
    [[nodiscard]] virtual contracts::Result<Rendering> render(const TemplateAnswers& answers) = 0;
};

// Checks that this program can be run: `fatal`, with what to install, if it does not exist.
[[nodiscard]] contracts::Result<void> check_copier(const std::string& program);

[[nodiscard]] std::unique_ptr<Templates> make_copier(TemplateSettings settings);

}  // namespace control
