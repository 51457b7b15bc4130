#include "load.h"

#include "contracts/base/json.h"

#include <map>
#include <stdexcept>

namespace tests {

using contracts::Json;

namespace {

constexpr std::chrono::seconds kNever{60};  // longer than any answer may take

Json parsed(const std::string& text) {
    auto document = contracts::parse_json(text);
    if (!document) throw std::runtime_error("not JSON: " + text);
    return *std::move(document);
}

// Extracts the target of `</api/tasks?…>; rel="next"`.
std::string next_of(const HttpResponse& page) {
    const std::string link = page.header("Link");
    return link.empty() ? std::string() : link.substr(1, link.find('>') - 1);
}

}  // namespace

Load::Load(const Daemon& daemon, int callers) : daemon_(daemon) {
    project_ = parsed(daemon.ask("POST", "/api/projects", R"({"name":"load"})").body).at("id");
    for (int i = 0; i < callers; ++i)
        callers_.emplace_back([this, i] { call(i); });
}

Load::~Load() {
    stop();
}

void Load::stop() {
    stopping_ = true;
    callers_.clear();
}

void Load::call(int caller) {
    for (int i = 0; !stopping_; ++i) {
        const std::string key = "key-" + std::to_string(caller) + '-' + std::to_string(i);
        const Json task{{"project_id", project_}, {"type", "engineering"}, {"spec", key}};
        for (bool is_done = false; !is_done && !stopping_;) {
            const auto asked = std::chrono::steady_clock::now();
            HttpResponse answer;
            try {
                answer = daemon_.ask("POST", "/api/tasks", task.dump(), {{"Idempotency-Key", key}},
                                     kNever);
            } catch (const std::exception& broken) {
                answer.body = broken.what();
            }
            is_done = answer.status == 201;
            ++(is_done ? acknowledged_ : refused_);
            const std::lock_guard lock(mutex_);
            slowest_ = std::max(slowest_, std::chrono::ceil<std::chrono::milliseconds>(
                                              std::chrono::steady_clock::now() - asked));
            statuses_.insert(answer.status);
            if (is_done) done_.insert(key);
            if (!is_done) bodies_.insert(answer.body);
        }
    }
}

std::string Load::audit() const {
    std::map<std::string, int> stored;
    for (std::string page = "/api/tasks?limit=500&project_id=" + project_; !page.empty();) {
        const HttpResponse answer = daemon_.ask("GET", page);
        for (const Json& task : parsed(answer.body))
            ++stored[task.at("spec").get<std::string>()];
        page = next_of(answer);
    }
    std::string faults;
    for (const std::string& key : done_)
        if (!stored.contains(key)) faults += key + " is lost; ";
    for (const auto& [key, count] : stored)
        if (count != 1) faults += key + " is there " + std::to_string(count) + " times; ";
    return faults;
}

}  // namespace tests
