#include "control/project_file/project_file.h"

#include "contracts/base/text.h"
#include "contracts/messages/packages.h"
#include "contracts/messages/worker.h"
#include "control/yaml/yaml_events.h"

#include <algorithm>

namespace control {

using contracts::Error;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

namespace {

constexpr std::string_view kOneLine = "write it on one line";
constexpr std::size_t kMaxModuleName = 63;

std::string named(std::string_view key) {
    return "`" + std::string(key) + "` ";
}

bool is_null(const YamlEvent& event) {
    constexpr std::string_view kNulls[] = {"", "~", "null", "Null", "NULL"};
    return event.kind == YamlKind::scalar && event.style == YamlStyle::plain &&
           std::ranges::find(kNulls, event.text) != std::end(kNulls);
}

bool is_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && byte != '\t') || byte == 0x7f;
}

// Finds text whose meaning changes when YAML folds several lines into one: a comment would swallow
// the next line, and a backslash that joined two lines would join two words.
bool folds_badly(std::string_view text) {
    for (const std::string_view trap : {" #", "\t#", "\\ "})
        if (text.find(trap) != std::string_view::npos) return true;
    return false;
}

// The reason why `text`, already one line, runs nothing; empty if it may run something.
std::string_view why_no_command(std::string_view text) {
    if (text.empty()) return "is empty";
    if (text.front() == '#') return "is a comment for the shell and would run nothing";
    if (text.front() == '>' || text.front() == '<')
        return "begins with a redirection and not with a command";
    return {};
}

// A key whose value is a list of words.
struct Listed {
    std::string_view key;
    bool (*accepts)(std::string_view word);
    std::string_view words;    // "`key` must list ..."
    std::string_view example;  // the next step
    std::size_t most;
};
bool is_module_name(std::string_view name);
constexpr Listed kModules{.key = "modules",
                          .accepts = is_module_name,
                          .words = "must list names of a-z 0-9 - _ that begin with a letter",
                          .example = "write for example `modules: [backend, frontend]`",
                          .most = 1000};
constexpr Listed kPackages{.key = "packages",
                           .accepts = contracts::is_package,
                           .words = "must list toolchains or packages of Debian",
                           .example = "write for example `packages: [python, apt:libpq-dev]`",
                           .most = contracts::kMostPackages};

bool is_service(std::string_view word);
constexpr Listed kServices{.key = "services",
                           .accepts = is_service,
                           .words = "must list postgres or redis",
                           .example = "write for example `services: [postgres]`",
                           .most = std::size(contracts::kTestServiceNames)};

class Reading {
public:
    explicit Reading(std::string_view text) : events_(text) {}

    Result<ProjectFile> read();

private:
    Result<void> value(std::string_view key, const YamlEvent& event);
    Result<std::string> line(std::string_view key, const YamlEvent& event, std::string_view what);
    Result<std::string> command(std::string_view key, const YamlEvent& event);
    Result<std::string> path(std::string_view key, const YamlEvent& event);
    Result<std::vector<std::string>> names(const Listed& listed, const YamlEvent& event);

    YamlReader events_;
    ProjectFile file_;
};

Result<ProjectFile> Reading::read() {
    Result<YamlEvent> event = events_.next();
    if (!event) return event.fault();
    if (is_null(*event)) event = events_.next();
    if (event && event->kind == YamlKind::end) return file_;
    if (!event) return event.fault();
    if (event->kind != YamlKind::map_begin)
        return fail(yaml_error(event->begin, "must be a map of keys and values",
                               "write lines such as `test: make test`"));
    while (true) {
        event = events_.next();
        if (!event) return event.fault();
        if (event->kind == YamlKind::end) return file_;
        if (!event->is_key) continue;  // the end of the map
        const std::string key = std::move(event->text);
        if (key == "<<" && event->style == YamlStyle::plain)
            return fail(yaml_error(event->begin, "merge keys are not allowed",
                                   "write the keys themselves"));
        event = events_.next();
        if (!event) return event.fault();
        if (Result<void> taken = value(key, *event); !taken) return taken.fault();
    }
}

Result<void> Reading::value(std::string_view key, const YamlEvent& event) {
    const auto keep = [](auto& member, auto read) -> Result<void> {
        if (!read) return read.fault();
        member = *std::move(read);
        return {};
    };
    if (key == "setup") return keep(file_.setup, command(key, event));
    if (key == "test") return keep(file_.test, command(key, event));
    if (key == "run") return keep(file_.run, command(key, event));
    if (key == "health") return keep(file_.health, path(key, event));
    if (key == kModules.key) return keep(file_.modules, names(kModules, event));
    if (key == kPackages.key) return keep(file_.packages, names(kPackages, event));
    if (key == kServices.key) return keep(file_.services, names(kServices, event));
    return events_.skip(event);
}

// A scalar that is one line of text.
Result<std::string> Reading::line(std::string_view key, const YamlEvent& event,
                                  std::string_view what) {
    const auto refuse = [&](std::string_view why) {
        return fail(yaml_error(event.begin, named(key).append(why), kOneLine));
    };
    const std::string must = "must be " + std::string(what);
    if (event.kind == YamlKind::list_begin) return refuse(must + " and not a list");
    if (event.kind == YamlKind::map_begin) return refuse(must + " and not a map");
    if (event.tagged) return refuse(must + " and has a tag");
    if (is_null(event)) return refuse("is empty");
    const std::string_view text = contracts::trimmed(event.text);
    if (text.find_first_of("\n\r") != std::string_view::npos) return refuse("has several lines");
    if (std::ranges::any_of(text, is_control)) return refuse("has a control character");
    return std::string(text);
}

Result<std::string> Reading::command(std::string_view key, const YamlEvent& event) {
    Result<std::string> text = line(key, event, "one command");
    if (!text) return text;
    if (const std::string_view why = why_no_command(*text); !why.empty())
        return fail(yaml_error(event.begin, named(key).append(why), kOneLine));
    if (event.several_lines && folds_badly(*text))
        return fail(yaml_error(event.begin,
                               named(key).append("has a comment or a backslash in a text of "
                                                 "several lines, which YAML joins into one line"),
                               kOneLine));
    return text;
}

Result<std::string> Reading::path(std::string_view key, const YamlEvent& event) {
    Result<std::string> text = line(key, event, "a path");
    if (!text) return text;
    const bool good = text->starts_with('/') && text->find_first_of(" \t") == std::string::npos;
    if (!good)
        return fail(yaml_error(
            event.begin, named(key).append("must be a path that begins with / and has no blank"),
            "write for example `health: /healthz`"));
    return text;
}

bool is_module_name(std::string_view name) {
    const auto small = [](char c) {
        return c >= 'a' && c <= 'z';
    };
    return !name.empty() && name.size() <= kMaxModuleName && small(name.front()) &&
           std::ranges::all_of(name, [&](char c) {
               return small(c) || (c >= '0' && c <= '9') || c == '-' || c == '_';
           });
}

bool is_service(std::string_view word) {
    return contracts::parse_choice<contracts::TestService>(word).has_value();
}

Result<std::vector<std::string>> Reading::names(const Listed& listed, const YamlEvent& event) {
    const auto refuse = [&](const YamlEvent& at, std::string_view why) {
        return fail(yaml_error(at.begin, named(listed.key).append(why), listed.example));
    };
    std::vector<std::string> names;
    if (is_null(event)) return names;
    if (event.kind != YamlKind::list_begin) return refuse(event, "must be a list of names");
    while (true) {
        Result<YamlEvent> one = events_.next();
        if (!one) return one.fault();
        if (one->kind == YamlKind::list_end) return names;
        if (one->kind != YamlKind::scalar || one->tagged || !listed.accepts(one->text))
            return refuse(*one, listed.words);
        if (std::ranges::find(names, one->text) != names.end())
            return fail(yaml_error(one->begin,
                                   named(listed.key).append("names " + one->text + " twice"),
                                   "keep one of them"));
        if (names.size() == listed.most)
            return refuse(*one, "has more than " + std::to_string(listed.most) + " entries");
        names.push_back(std::move(one->text));
    }
}

// In single quotes, every character of a line stands for itself, except the quote.
std::string single_quoted(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'') out += '\'';
        out += c;
    }
    return out + '\'';
}

}  // namespace

Result<ProjectFile> read_project_file(std::string_view text) {
    const auto named_file = [](Error error) {
        error.field = kProjectFileName;
        return fail(std::move(error));
    };
    if (text.size() > kMaxProjectFile)
        return named_file(
            Error{.kind = ErrorKind::invalid,
                  .message = "must have at most " + std::to_string(kMaxProjectFile >> 10) + " KiB",
                  .next_step = "move other content to other files"});
    Result<ProjectFile> file = Reading(text).read();
    if (!file) return named_file(std::move(file.error()));
    return file;
}

Result<std::string> write_project_file(const ProjectFile& file) {
    std::string text;
    const auto line = [&text](std::string_view key, const std::string& value) {
        if (!value.empty()) text.append(key).append(": ").append(single_quoted(value)).append("\n");
    };
    line("setup", file.setup);
    line("test", file.test);
    line("run", file.run);
    if (file.health != ProjectFile{}.health) line("health", file.health);
    const auto list = [&text](std::string_view key, const std::vector<std::string>& names) {
        if (!names.empty()) text.append(key).append(":\n");
        for (const std::string& name : names)
            text.append("  - ").append(single_quoted(name)).append("\n");
    };
    list(kModules.key, file.modules);
    list(kPackages.key, file.packages);
    list(kServices.key, file.services);
    Result<ProjectFile> again = read_project_file(text);
    if (!again) return again.fault();
    if (*again != file)
        return fail(ErrorKind::invalid, "a value has several lines, or blanks around it",
                    std::string(kProjectFileName), std::string(kOneLine));
    return text;
}

}  // namespace control
