#include "control/demo/page.h"

#include "control/http/client.h"
#include "control/messenger/terminal/screen.h"

#include <cstdio>
#include <deque>
#include <fstream>

namespace control::demo {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::ReplyKind;
using contracts::Result;

namespace {

constexpr int kColumn = 14;
constexpr std::size_t kMostTroubles = 10;
constexpr std::size_t kMostOfPage = 1000;

std::string_view speaker_of(ReplyKind kind) {
    switch (kind) {
        case ReplyKind::answer:
            return "Product Owner";
        case ReplyKind::progress:
            return "Progress";
        case ReplyKind::notice:
            return "Notice";
        case ReplyKind::error:
            return "Error";
    }
    return "";
}

}  // namespace

void show_beginning(bool has_template) {
    std::puts(
        "A scripted agent plays the Product Owner and the developer: no model is called. They run "
        "as plain\nprocesses, without containers. Everything that this starts ends with it.");
    std::puts(has_template ? "The project starts from a template."
                           : "Copier is not installed (pip install copier), so the project starts "
                             "with an empty repository.");
    std::fflush(stdout);
}

void show(std::string_view who, std::string_view what) {
    std::printf("  %-*.*s %s\n", kColumn, static_cast<int>(who.size()), who.data(),
                printable(what).c_str());
    std::fflush(stdout);
}

void show_reply(const contracts::ChatReply& reply) {
    show(speaker_of(reply.kind), reply.text);
}

Result<void> show_outcome(const Outcome& outcome, HttpClient& http, const std::stop_token& stop) {
    const Json& built = outcome.built;
    show("Commit", contracts::text_at(built, "commit_sha"));
    if (built.is_object() && built.contains("files_changed"))
        show("Files", contracts::dump_json(built["files_changed"]));
    if (built.is_object() && built.contains("tests"))
        show("Tests", contracts::dump_json(built["tests"]));
    show("URL", outcome.url);
    auto page = http.perform({.url = outcome.url}, stop);
    if (!page) return fail(std::move(page.error()).context("fetch " + outcome.url));
    if (page->status != 200)
        return fail(ErrorKind::upstream,
                    outcome.url + " answers with status " + std::to_string(page->status));
    show("It answers", page->body.substr(0, kMostOfPage));
    return {};
}

void show_troubles(const std::string& log) {
    std::ifstream lines(log);
    std::deque<std::string> troubles;
    for (std::string line; std::getline(lines, line);) {
        if (line.find("WARNING") == std::string::npos && line.find("ERROR") == std::string::npos)
            continue;
        troubles.push_back(std::move(line));
        if (troubles.size() > kMostTroubles) troubles.pop_front();
    }
    for (const std::string& line : troubles)
        std::fprintf(stderr, "%s\n", printable(line).c_str());
}

}  // namespace control::demo
