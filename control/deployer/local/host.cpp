#include "control/deployer/local/hosts.h"
#include "control/subprocess/subprocess.h"

#include <sys/stat.h>
#include <cerrno>

namespace control::deployer {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;
using contracts::system_error;

namespace {

// Above the users of workers. Deployments with different ports have different users, as long as all
// ports in use lie within this range of each other.
constexpr std::uint32_t kFirstUser = 40'000;
constexpr std::uint32_t kUsers = 10'000;

}  // namespace

std::map<std::string, std::string> full_environment(const DeploymentSpec& spec,
                                                    std::uint16_t port) {
    std::map<std::string, std::string> all = spec.secrets;
    all.insert(spec.environment.begin(), spec.environment.end());
    all.try_emplace("HOME", "/tmp");
    all.insert_or_assign("PORT", std::to_string(port));
    return all;
}

std::uint32_t user_of(const DeploymentSpec& spec) {
    return kFirstUser + spec.port % kUsers;
}

std::string directory_of(const LocalDeployerSettings& settings, const std::string& key) {
    return settings.directory + "/" + key;
}

std::string directory_of(const LocalDeployerSettings& settings, const VersionName& name) {
    return directory_of(settings, name.key) + "/versions/" + name.version;
}

Result<void> make_open_directory(const std::string& path) {
    for (std::size_t at = path.find('/', 1);; at = path.find('/', at + 1)) {
        const std::string part = path.substr(0, at);
        if (::mkdir(part.c_str(), 0711) == 0) {
            if (::chmod(part.c_str(), 0711) != 0) return fail(system_error(errno, "chmod " + part));
        } else if (errno != EEXIST) {
            return fail(system_error(errno, "make " + part));
        }
        if (at == std::string::npos) return {};
    }
}

Result<void> remove_directory(const std::string& path) {
    const auto end = run_subprocess({.argv = {"rm", "-rf", "--one-file-system", "--", path}});
    if (!end) return end.fault();
    if (end->success()) return {};
    return fail(ErrorKind::transient, "remove " + path + ": " + end->error_output.substr(0, 200));
}

}  // namespace control::deployer
