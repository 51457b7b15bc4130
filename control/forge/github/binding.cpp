#include "control/forge/github/binding.h"

#include "control/forge/git.h"

#include <unistd.h>
#include <charconv>

namespace control::github {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

namespace {

// "owner/name id"
constexpr const char* kBindingKey = "orchestrator.github";

}  // namespace

Result<std::optional<Binding>> read_binding(const std::string& directory) {
    if (::access(directory.c_str(), F_OK) != 0) return std::nullopt;
    Result<SubprocessEnd> end = git({"--git-dir=" + directory, "config", "--get", kBindingKey});
    if (!end) return fail(std::move(end.error()));
    if (end->exit_code == 1) return std::nullopt;
    if (!end->success()) return fail(git_error(*end, "read the settings of " + directory));
    const std::string text = without_line_end(std::move(end->output));
    const std::size_t slash = text.find('/');
    const std::size_t space = text.find(' ');
    Binding binding;
    if (slash < space && space < text.size()) {
        binding.name = {text.substr(0, slash), text.substr(slash + 1, space - slash - 1)};
        std::from_chars(text.data() + space + 1, text.data() + text.size(), binding.id);
    }
    if (binding.id == 0 || !check_name(binding.name))
        return fail(ErrorKind::fatal,
                    directory + " has a setting " + kBindingKey + " that we did not write",
                    "repository", "remove the setting with git config --unset");
    return binding;
}

Result<void> write_binding(const std::string& directory, const Binding& binding) {
    Result<std::string> written =
        git_output({"--git-dir=" + directory, "config", kBindingKey,
                    binding.name.text() + ' ' + std::to_string(binding.id)},
                   "note where " + directory + " is at GitHub");
    if (!written) return fail(std::move(written.error()));
    return {};
}

Result<RepositoryName> name_in_url(std::string_view url, const std::string& git_url) {
    const auto refuse = [&] {
        return fail(ErrorKind::invalid, "must be a repository below " + git_url, "repository_url",
                    "write it as " + git_url + "/OWNER/NAME, and install the GitHub App there");
    };
    if (!url.starts_with(git_url + '/')) return refuse();
    url.remove_prefix(git_url.size() + 1);
    while (url.ends_with('/'))
        url.remove_suffix(1);
    if (url.ends_with(".git")) url.remove_suffix(4);
    const std::size_t slash = url.find('/');
    if (slash == std::string_view::npos) return refuse();
    RepositoryName name{std::string(url.substr(0, slash)), std::string(url.substr(slash + 1))};
    if (!check_name(name)) return refuse();
    return name;
}

}  // namespace control::github
