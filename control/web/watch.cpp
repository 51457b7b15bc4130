#include "control/web/watch.h"

#include "contracts/base/sha256.h"

#include <algorithm>
#include <condition_variable>
#include <set>

namespace control::web {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t kMaxPath = 512;
constexpr std::size_t kMaxAnswer = 512 << 10;
constexpr std::size_t kDigestDigits = 16;
constexpr std::chrono::seconds kPatience{8};       // for one answer
constexpr std::chrono::seconds kSessionsEvery{1};  // how long an ended session may still see
                                                   // answers
constexpr std::chrono::minutes kNobody{1};
constexpr int kShare = 4;  // after a round, nothing is asked for its duration times this

Result<std::vector<std::string>> split(std::string_view lines) {
    std::vector<std::string> paths;
    while (!lines.empty()) {
        const std::size_t end = std::min(lines.find('\n'), lines.size());
        paths.emplace_back(lines.substr(0, end));
        lines.remove_prefix(std::min(end + 1, lines.size()));
    }
    if (paths.empty() || paths.size() > kMaxPaths)
        return fail(ErrorKind::invalid, "must be 1 to " + std::to_string(kMaxPaths) + " lines",
                    "watch", "name paths of the API, one a line");
    for (const std::string& path : paths)
        if (!path.starts_with("/api/") || path.size() > kMaxPath)
            return fail(ErrorKind::invalid, "must be paths of the API", "watch",
                        "begin each line with /api/");
    return paths;
}

// An answer that arrives later, waited for.
struct Awaited {
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<HttpResponse> answer;
};

HttpResponse wait_for(const std::shared_ptr<Awaited>& awaited) {
    std::unique_lock lock(awaited->mutex);
    if (!awaited->changed.wait_for(lock, kPatience, [&] { return awaited->answer.has_value(); }))
        return problem({ErrorKind::transient, "there was no answer in time"});
    return *std::move(awaited->answer);
}

// `</api/tasks?cursor=…>; rel="next"`; empty if this was the last page.
std::string_view next_page(const HttpResponse& response) {
    std::string_view link = response.header("Link");
    if (!link.starts_with('<') || link.find("rel=\"next\"") == std::string_view::npos) return {};
    return link.substr(1, link.find('>') - 1);
}

std::string text_of(HttpResponse response) {
    if (response.body.size() > kMaxAnswer)
        response = problem(413, {ErrorKind::invalid, "the answer is too large to be shown live"});
    std::string text = "\"status\":" + std::to_string(response.status);
    if (const std::string_view next = next_page(response); !next.empty())
        text.append(",\"next\":").append(contracts::dump_json(std::string(next)));
    return text.append(",\"body\":").append(response.body.empty() ? "null" : response.body);
}

}  // namespace

Watch::Watch(const WebNeeds& needs)
    : needs_(needs),
      board_(std::make_shared<Board>()),
      loop_(
          "web watch", [this](const std::stop_token& stop) { return pass(stop); }, wake_,
          needs.log) {}

void Watch::stop() {
    loop_.stop();
    std::vector<std::shared_ptr<Watcher>> all;
    {
        const std::lock_guard lock(board_->guard);
        board_->closed = true;
        all = board_->living();
    }
    for (const auto& watcher : all)
        watcher->wake();
}

Result<HttpResponse> Watch::join(const SignedIn& who, std::string_view lines,
                                 std::string_view last_id) {
    Result<std::vector<std::string>> paths = split(lines);
    if (!paths) return paths.fault();
    const std::lock_guard lock(board_->guard);
    board_->forget_the_gone();
    if (board_->closed || board_->watchers.size() >= needs_.watchers)
        return fail(ErrorKind::transient, "too many pages are open", {},
                    "close some, or raise WEB_WATCHERS");
    const auto all = board_->living();
    if (std::ranges::count(all, who.session.id, [](const auto& one) { return one->session(); }) >=
        static_cast<std::ptrdiff_t>(kMaxPages))
        return fail(ErrorKind::transient, "too many pages of this session are open", {},
                    "close some of them");
    std::vector<std::shared_ptr<Topic>> topics;
    for (const std::string& path : *paths)
        topics.push_back(board_->topic(who.token.prefix, path));
    auto watcher = std::make_shared<Watcher>(board_, who.session.id, std::move(topics), last_id);
    board_->watchers.push_back(watcher);
    wake_.notify();
    return event_stream(std::move(watcher));
}

bool Watch::is_due(CommitSequence commits) const {
    const auto now = needs_.clock.instant();
    if (now < next_at_) return false;
    if (commits != seen_commits_) return true;
    const bool alone = needs_.database.dialect() == Dialect::sqlite;
    return now - asked_at_ >= (alone ? kAnyway : kAnywayShared);
}

Result<std::chrono::milliseconds> Watch::pass(const std::stop_token& stop) {
    {
        const std::lock_guard lock(board_->guard);
        board_->forget_the_gone();
        if (board_->watchers.empty()) return kNobody;
    }
    const contracts::Instant began = needs_.clock.instant();
    // Read before asking: a commit in the meantime leads to another question.
    const CommitSequence commits = needs_.database.commits();
    const bool due = is_due(commits);
    if (Result<void> asked = ask_all(!due, stop); !asked) return asked.fault();
    if (began - sessions_at_ >= kSessionsEvery) {
        sessions_at_ = began;
        if (Result<void> looked = look_at_sessions(); !looked) return looked.fault();
    }
    if (due) {
        const contracts::Instant now = needs_.clock.instant();
        seen_commits_ = commits;
        asked_at_ = began;
        next_at_ = std::max(began + kLeast, now + kShare * (now - began));
    }
    std::vector<std::shared_ptr<Watcher>> behind;
    {
        const std::lock_guard lock(board_->guard);
        behind = board_->living();
        std::erase_if(behind, [](const auto& watcher) { return !watcher->is_behind(); });
    }
    for (const auto& watcher : behind)
        watcher->wake();
    return kLook;
}

Result<void> Watch::ask_all(bool only_new, const std::stop_token& stop) {
    std::map<std::string, std::vector<std::shared_ptr<Topic>>> by_token;
    {
        const std::lock_guard lock(board_->guard);
        for (const auto& [key, place] : board_->topics)
            if (auto topic = place.lock(); topic && (!only_new || topic->digest.empty()))
                by_token[topic->token].push_back(std::move(topic));
    }
    for (const auto& [prefix, topics] : by_token) {
        const Result<std::optional<Token>> token = tokens::find(needs_.database, prefix);
        if (!token) return token.fault();
        if (!*token || (*token)->revoked_at) continue;  // its sessions are ended below
        for (const std::shared_ptr<Topic>& topic : topics)
            if (!stop.stop_requested()) ask_one(**token, *topic);
    }
    return {};
}

void Watch::ask_one(const Token& token, Topic& topic) {
    HttpRequest request{.method = "GET", .path = {}, .query = {}, .headers = {}, .body = {}};
    const std::size_t mark = std::min(topic.path.find('?'), topic.path.size());
    request.path = topic.path.substr(0, mark);
    auto query =
        parse_query(std::string_view(topic.path).substr(std::min(mark + 1, topic.path.size())));
    std::string text;
    if (query) {
        request.query = *std::move(query);
        const auto awaited = std::make_shared<Awaited>();
        needs_.ask_again(token, std::move(request), [awaited](HttpResponse response) {
            const std::lock_guard lock(awaited->mutex);
            awaited->answer = std::move(response);
            awaited->changed.notify_all();
        });
        text = text_of(wait_for(awaited));
    } else {
        text = text_of(problem(400, query.error()));
    }
    std::string digest = contracts::sha256_hex(text).substr(0, kDigestDigits);
    const std::lock_guard lock(board_->guard);
    if (topic.digest == digest) return;
    topic.digest = std::move(digest);
    topic.text = std::make_shared<const std::string>(std::move(text));
}

Result<void> Watch::look_at_sessions() {
    std::map<std::string, std::vector<std::shared_ptr<Watcher>>> by_session;
    {
        const std::lock_guard lock(board_->guard);
        for (auto& watcher : board_->living())
            by_session[watcher->session()].push_back(std::move(watcher));
    }
    for (const auto& [id, watchers] : by_session) {
        const Result<SignedIn> found =
            web_sessions::find_again(needs_.database, id, needs_.clock.now());
        if (found) continue;
        if (found.error().kind != ErrorKind::permission) return found.fault();
        const std::lock_guard lock(board_->guard);
        for (const auto& watcher : watchers)
            watcher->end_session();
    }
    return {};
}

}  // namespace control::web
