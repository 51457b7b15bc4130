#include "control/images/recipe.h"

#include "contracts/base/text.h"
#include "contracts/messages/packages.h"
#include "control/images/sources.h"

#include <algorithm>

namespace control::images {

using contracts::AgentType;
using contracts::Capability;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

namespace {

// In this order, the most common first, so that images share layers.
constexpr Capability kOrder[] = {Capability::git, Capability::curl, Capability::github_cli,
                                 Capability::docker};

std::vector<std::string_view> split(std::string_view text, char at) {
    std::vector<std::string_view> parts;
    while (true) {
        const std::size_t end = text.find(at);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

constexpr std::string_view kPackageFragment = "package-";
constexpr std::string_view kFragmentEnd = ".dockerfile";

std::string install_line(const std::vector<std::string>& packages) {
    std::string line = "RUN install-packages";
    for (const std::string& name : packages)
        line.append(" ").append(name);
    return line + '\n';
}

// Each toolchain is a layer that images share; all single packages are one more layer.
Result<std::string> package_lines(const std::vector<std::string>& wanted, const Toolchains& added) {
    std::string text;
    std::vector<std::string> single;
    for (const std::string& word : contracts::sorted_packages(wanted)) {
        if (const std::string_view debian = contracts::debian_name_of(word);
            contracts::is_debian_name(debian)) {
            single.emplace_back(debian);
            continue;
        }
        const std::string_view fragment =
            source_file(std::string(kPackageFragment).append(word).append(kFragmentEnd));
        const auto ours = added.find(word);
        if (!fragment.empty())
            text += fragment;
        else if (ours != added.end())
            text += install_line(ours->second);
        else
            return fail(ErrorKind::invalid,
                        "'" + word + "' is not one of " + contracts::joined(toolchain_names(added)),
                        "packages",
                        "write packages of Debian as apt:NAME; an administrator adds toolchains "
                        "with TOOLCHAINS");
    }
    return single.empty() ? text : text + install_line(single);
}

std::string_view lock_architecture(std::string_view architecture) {
    if (architecture == "x86_64" || architecture == "amd64") return "x64";
    if (architecture == "aarch64" || architecture == "arm64") return "arm64";
    return architecture;
}

}  // namespace

std::string_view source_file(std::string_view name) {
    for (const SourceFile& file : source_files())
        if (file.name == name) return file.text;
    return {};
}

std::string_view agent_name(AgentType agent) {
    return contracts::kAgentTypeNames[static_cast<std::size_t>(agent)];
}

std::string_view capability_name(Capability capability) {
    return contracts::kCapabilityNames[static_cast<std::size_t>(capability)];
}

bool has_binary(AgentType agent) {
    return agent != AgentType::custom && agent != AgentType::acp;
}

Result<AgentPin> agent_pin(AgentType agent, std::string_view architecture) {
    if (!has_binary(agent)) return AgentPin{};
    const std::string_view wanted = lock_architecture(architecture);
    for (const std::string_view line : split(source_file("agents.lock"), '\n')) {
        const auto fields = split(line, '\t');
        if (line.starts_with('#') || fields.size() != 6) continue;
        if (fields[0] != agent_name(agent) || fields[1] != wanted) continue;
        AgentPin pin{std::string(fields[3]), std::string(fields[4]), {}};
        for (const std::string_view path : split(fields[5], ','))
            pin.files.emplace_back(path.substr(path.rfind('/') + 1));
        return pin;
    }
    return fail(
        ErrorKind::not_found,
        "no " + std::string(agent_name(agent)) + " is pinned for " + std::string(architecture),
        "agent_type", "add a line to images/agents.lock");
}

std::vector<std::string> toolchain_names(const Toolchains& added) {
    std::vector<std::string> names;
    for (const SourceFile& file : source_files())
        if (file.name.starts_with(kPackageFragment))
            names.emplace_back(
                file.name.substr(kPackageFragment.size(),
                                 file.name.size() - kPackageFragment.size() - kFragmentEnd.size()));
    for (const auto& [name, packages] : added)
        names.push_back(name);
    return contracts::sorted_packages(std::move(names));
}

Result<std::string> dockerfile(const ImageRequest& request, const Toolchains& added) {
    if (request.service) {
        const std::string name =
            "service-" + std::string(to_text(*request.service)) + ".dockerfile";
        const std::string_view fragment = source_file(name);
        if (!fragment.empty()) return std::string(fragment);
        return fail(ErrorKind::fatal, "this program was built without images/" + name);
    }
    std::vector<std::string> names{"base.dockerfile"};
    if (has_binary(request.agent))
        names.push_back("agent-" + std::string(agent_name(request.agent)) + ".dockerfile");
    for (const Capability capability : kOrder)
        if (std::ranges::find(request.capabilities, capability) != request.capabilities.end())
            names.push_back("capability-" + std::string(capability_name(capability)) +
                            ".dockerfile");
    std::string text;
    const auto append = [&text](const std::string& name) -> Result<void> {
        const std::string_view fragment = source_file(name);
        if (fragment.empty())
            return fail(ErrorKind::fatal, "this program was built without images/" + name);
        text.append(fragment);
        return {};
    };
    for (const std::string& name : names)
        if (Result<void> added_one = append(name); !added_one) return added_one.fault();
    Result<std::string> packages = package_lines(request.packages, added);
    if (!packages) return packages;
    text += *packages;
    if (Result<void> ended = append("entry.dockerfile"); !ended) return ended.fault();
    return text;
}

}  // namespace control::images
