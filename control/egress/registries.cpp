#include "control/egress/registries.h"

namespace control::egress {

namespace {

constexpr std::string_view kPython[] = {"pypi.org", "files.pythonhosted.org"};
constexpr std::string_view kNode[] = {"registry.npmjs.org", "registry.yarnpkg.com"};
constexpr std::string_view kGo[] = {"proxy.golang.org", "sum.golang.org"};
constexpr std::string_view kRust[] = {"index.crates.io", "static.crates.io", "crates.io"};
constexpr std::string_view kJava[] = {"repo.maven.apache.org", "repo1.maven.org",
                                      "plugins.gradle.org", "services.gradle.org"};
// Debian's sources are signed and are fetched over plain HTTP.
constexpr std::string_view kApt[] = {"deb.debian.org:80", "deb.debian.org",
                                     "security.debian.org:80", "security.debian.org"};
constexpr std::string_view kGithubCli[] = {"github.com", "api.github.com"};

struct Row {
    std::string_view capability;
    std::span<const std::string_view> hosts;
};

constexpr Row kRows[] = {
    {"python", kPython},
    {"node", kNode},
    {"go", kGo},
    {"rust", kRust},
    {"java", kJava},
    {"apt", kApt},
    {"github_cli", kGithubCli},
};

}  // namespace

std::span<const std::string_view> registries_of(std::string_view capability) {
    const std::string_view word = capability.substr(0, capability.find(':'));
    for (const Row& row : kRows)
        if (row.capability == word) return row.hosts;
    return {};
}

}  // namespace control::egress
