#include "control/images/context.h"

#include "contracts/base/sha256.h"
#include "control/images/sources.h"

#include <fcntl.h>
#include <cerrno>
#include <map>
#include <memory>

namespace control::images {

using contracts::Error;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;
using contracts::Sha256;
using contracts::UniqueFd;

namespace {

// The first line is the package's integrity, each other "<sha256>  <file>".
struct Stamp {
    std::string integrity;
    std::map<std::string, std::string> digests;
};

Result<Stamp> read_stamp(const std::string& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd.valid()) return fail(contracts::system_error(errno, "open " + path));
    std::string text(64 << 10, '\0');
    const ssize_t size = ::read(fd.get(), text.data(), text.size());
    if (size < 0) return fail(contracts::system_error(errno, "read " + path));
    text.resize(static_cast<std::size_t>(size));
    Stamp stamp;
    std::size_t at = 0;
    for (std::size_t end = 0; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
        const std::string line = text.substr(at, end - at);
        const std::size_t gap = line.find("  ");
        if (at == 0)
            stamp.integrity = line;
        else if (gap != std::string::npos)
            stamp.digests[line.substr(gap + 2)] = line.substr(0, gap);
    }
    return stamp;
}

TarEntry checked_file(std::string name, const std::string& path, const std::string& expected,
                      const std::string& mend) {
    const auto digest = std::make_shared<Sha256>();
    TarEntry entry{std::move(name), 0755, {}, path};
    entry.seen = [digest](std::string_view bytes) {
        digest->update(bytes);
    };
    entry.finished = [digest, expected, path, mend]() -> Result<void> {
        if (contracts::to_hex(digest->finish()) == expected) return {};
        return fail(ErrorKind::invalid, path + " is not the pinned file", "agents_directory", mend);
    };
    return entry;
}

}  // namespace

Result<std::vector<TarEntry>> agent_files(contracts::AgentType type, const AgentPin& pin,
                                          const std::string& agents_directory,
                                          const std::string& into) {
    std::vector<TarEntry> entries;
    if (!has_binary(type)) return entries;
    const std::string agent(agent_name(type));
    const std::string directory = agents_directory + "/" + agent;
    const std::string mend = "run ci/agent-binary " + agent + " " + directory;
    auto stamp = read_stamp(directory + "/" + agent + ".pinned");
    if (!stamp)
        return fail(ErrorKind::not_found,
                    "there is no " + agent + " " + pin.version + " in " + directory,
                    "agents_directory", mend);
    if (stamp->integrity != pin.integrity)
        return fail(ErrorKind::invalid, directory + " contains another version than " + pin.version,
                    "agents_directory", mend);
    for (const std::string& file : pin.files)
        entries.push_back(
            checked_file(into + file, directory + "/" + file, stamp->digests[file], mend));
    return entries;
}

Result<std::vector<TarEntry>> build_context(const ImageRequest& request,
                                            const std::string& dockerfile, const AgentPin& pin,
                                            const std::string& agents_directory) {
    Result<std::vector<TarEntry>> entries =
        agent_files(request.agent, pin, agents_directory, "agent/");
    if (!entries) return entries;
    entries->insert(entries->begin(),
                    {{"Dockerfile", 0644, dockerfile},
                     {"install-packages", 0755, std::string(source_file("install-packages"))}});
    return entries;
}

}  // namespace control::images
