#include "control/project_file/env_contract.h"

#include "control/yaml/yaml_events.h"

#include <algorithm>
#include <optional>

namespace control {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

namespace {

constexpr std::size_t kMaxText = 8192;
constexpr std::size_t kMaxNames = 32;
constexpr std::pair<std::string_view, VariableProvider> kSources[] = {
    {"user_secret", VariableProvider::user_secret},
    {"generated_secret", VariableProvider::generated_secret},
    {"allocation", VariableProvider::allocation},
    {"derived", VariableProvider::derived},
    {"literal", VariableProvider::literal},
};

bool is_variable_name(std::string_view name) {
    const auto letter = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
    };
    return !name.empty() && name.size() <= 128 && letter(name.front()) &&
           std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

bool is_boolean(const YamlEvent& event) {
    return event.style == YamlStyle::plain && (event.text == "true" || event.text == "True" ||
                                               event.text == "false" || event.text == "False");
}

class ContractReading {
public:
    explicit ContractReading(std::string_view text) : events_(text) {}
    Result<EnvContract> read();

private:
    Result<YamlEvent> must(YamlKind kind, std::string_view what);
    Result<std::string> text(std::string_view key);
    Result<bool> flag(std::string_view key);
    Result<std::vector<std::string>> names(std::string_view key);
    Result<void> entries();
    Result<ContractEntry> entry(const std::string& name, YamlPlace place);
    Result<void> field(const std::string& key, YamlPlace place, ContractEntry& entry);
    Result<void> source(ContractEntry& entry);
    static Result<void> check(const std::string& name, YamlPlace place, const ContractEntry& entry);

    YamlReader events_;
    EnvContract all_;
    bool has_source_ = false, has_value_ = false;
};

Result<YamlEvent> ContractReading::must(YamlKind kind, std::string_view what) {
    Result<YamlEvent> event = events_.next();
    if (!event || event->kind == kind) return event;
    return fail(yaml_error(event->begin, std::string(what),
                           "see the example in the project's own contract"));
}

Result<std::string> ContractReading::text(std::string_view key) {
    auto event = must(YamlKind::scalar, "`" + std::string(key) + "` must be text");
    if (!event) return event.fault();
    const bool is_sound = event->text.size() <= kMaxText && !event->tagged &&
                          event->text.find('\0') == std::string::npos;
    if (is_sound) return std::move(event->text);
    return fail(yaml_error(event->begin, "`" + std::string(key) + "` must be text of at most 8 KiB",
                           "shorten it"));
}

Result<bool> ContractReading::flag(std::string_view key) {
    const auto event = must(YamlKind::scalar, "`" + std::string(key) + "` must be true or false");
    if (!event) return event.fault();
    if (is_boolean(*event)) return event->text == "true" || event->text == "True";
    return fail(yaml_error(event->begin, "`" + std::string(key) + "` must be true or false",
                           "write true or false"));
}

Result<std::vector<std::string>> ContractReading::names(std::string_view key) {
    const std::string what = "`" + std::string(key) + "` must be a list of names";
    if (auto begin = must(YamlKind::list_begin, what); !begin) return begin.fault();
    std::vector<std::string> all;
    while (true) {
        auto event = events_.next();
        if (!event) return event.fault();
        if (event->kind == YamlKind::list_end) break;
        if (event->kind != YamlKind::scalar || event->text.empty() || all.size() >= kMaxNames)
            return fail(yaml_error(event->begin, what, "write for example [production]"));
        all.push_back(std::move(event->text));
    }
    std::ranges::sort(all);
    return all;
}

Result<void> ContractReading::source(ContractEntry& entry) {
    const auto event = must(YamlKind::scalar, "`source` must be text");
    if (!event) return event.fault();
    const auto* known = std::ranges::find(kSources, event->text,
                                          &std::pair<std::string_view, VariableProvider>::first);
    if (known == std::end(kSources))
        return fail(yaml_error(event->begin, "`source` is not one of the known sources",
                               "use user_secret, generated_secret, allocation, derived or "
                               "literal"));
    entry.source = known->second;
    has_source_ = true;
    return {};
}

Result<void> ContractReading::field(const std::string& key, YamlPlace place, ContractEntry& entry) {
    const auto keep = [](auto& member, auto read) -> Result<void> {
        if (!read) return read.fault();
        member = *std::move(read);
        return {};
    };
    if (key == "source") return source(entry);
    if (key == "required") return keep(entry.required, flag(key));
    if (key == "description") return keep(entry.description, text(key));
    if (key == "environments") return keep(entry.environments, names(key));
    if (key == "consumers") return keep(entry.consumers, names(key));
    if (key == "service" || key == "resource") return keep(entry.selector, text(key));
    if (key == "sensitive") {
        const auto told = flag(key);  // the source decides what is sensitive
        return told ? Result<void>() : told.fault();
    }
    if (key == "value") {
        has_value_ = true;
        const auto event = must(YamlKind::scalar, "`value` must be text, a number or a boolean");
        if (!event) return event.fault();
        entry.value =
            is_boolean(*event)
                ? std::string(event->text == "true" || event->text == "True" ? "true" : "false")
                : event->text;
        if (entry.value.size() > kMaxText || entry.value.find('\0') != std::string::npos)
            return fail(yaml_error(event->begin, "`value` must be text of at most 8 KiB", ""));
        return {};
    }
    return fail(yaml_error(place, "`" + key + "` is not a field of an entry",
                           "remove it, or correct its name"));
}

Result<void> ContractReading::check(const std::string& name, YamlPlace place,
                                    const ContractEntry& entry) {
    const auto refuse = [&](const std::string& what) {
        return fail(yaml_error(place, name + " " + what, "complete the entry"));
    };
    if (entry.environments.empty()) return refuse("names no environments");
    for (const std::string& one : entry.environments)
        if (one != "local" && one != "production")
            return refuse("has the environment " + one + ", but only local and production exist");
    const bool is_users = entry.source == VariableProvider::user_secret;
    if (is_users && (entry.description.empty() || entry.consumers.empty()))
        return refuse("is a user's secret and needs a description and consumers");
    if (entry.source == VariableProvider::allocation && entry.selector.empty())
        return refuse("is an allocation and needs a service or a resource");
    return {};
}

Result<ContractEntry> ContractReading::entry(const std::string& name, YamlPlace place) {
    if (auto begin = must(YamlKind::map_begin, name + " must be a map of fields"); !begin)
        return begin.fault();
    ContractEntry entry;
    has_source_ = has_value_ = false;
    while (true) {
        const auto event = events_.next();
        if (!event) return event.fault();
        if (event->kind == YamlKind::map_end) break;
        if (auto taken = field(event->text, event->begin, entry); !taken) return taken.fault();
    }
    if (!has_source_) return fail(yaml_error(place, name + " has no source", "add one"));
    if (has_value_ != (entry.source == VariableProvider::literal))
        return fail(yaml_error(place,
                               name + (has_value_ ? " has a value and is not a literal"
                                                  : " is a literal without a value"),
                               "only a literal has a value"));
    entry.in_production =
        std::ranges::find(entry.environments, "production") != entry.environments.end();
    if (auto sound = check(name, place, entry); !sound) return sound.fault();
    return entry;
}

Result<void> ContractReading::entries() {
    if (auto begin = must(YamlKind::map_begin, "`entries` must be a map of variables"); !begin)
        return begin.fault();
    while (true) {
        const auto event = events_.next();
        if (!event) return event.fault();
        if (event->kind == YamlKind::map_end) return {};
        if (!is_variable_name(event->text))
            return fail(yaml_error(event->begin, "this is not a variable's name",
                                   "use letters, digits and _"));
        if (all_.size() >= kMaxContractEntries)
            return fail(yaml_error(event->begin, "there are more than 500 entries", "remove some"));
        auto read = entry(event->text, event->begin);
        if (!read) return read.fault();
        all_.insert_or_assign(event->text, std::move(*read));
    }
}

Result<EnvContract> ContractReading::read() {
    if (auto begin = must(YamlKind::map_begin, "must be a map with version, owner and entries");
        !begin)
        return begin.fault();
    std::string version;
    while (true) {
        const auto event = events_.next();
        if (!event) return event.fault();
        if (event->kind == YamlKind::map_end) break;
        Result<void> taken;
        if (event->text == "entries") {
            taken = entries();
        } else if (event->text == "version" || event->text == "owner") {
            auto told = text(event->text);
            if (!told) taken = told.fault();
            if (told && event->text == "version") version = *told;
        } else {
            taken = fail(yaml_error(event->begin, "`" + event->text + "` is not known here",
                                    "a contract has version, owner and entries"));
        }
        if (!taken) return taken.fault();
    }
    if (version == "1") return std::move(all_);
    return fail(yaml_error({}, "`version` must be \"1\"", "write version: \"1\""));
}

}  // namespace

Result<EnvContract> read_env_contract(std::string_view text) {
    if (text.size() > kMaxEnvContract)
        return fail(ErrorKind::invalid, "has more than 64 KiB", std::string(kEnvContractName));
    auto read = ContractReading(text).read();
    if (!read) read.error().field = kEnvContractName;
    return read;
}

Result<void> add_to_contract(EnvContract& all, const EnvContract& more) {
    for (const auto& [name, entry] : more) {
        const auto [place, is_new] = all.try_emplace(name, entry);
        if (!is_new && place->second != entry)
            return fail(ErrorKind::invalid, "is declared in two ways by the project's contracts",
                        name, "declare it in one file, or in the same way in both");
    }
    if (all.size() <= kMaxContractEntries) return {};
    return fail(ErrorKind::invalid, "there are more than 500 entries", "entries");
}

}  // namespace control
