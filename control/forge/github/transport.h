// One request to GitHub's REST API and its answer: headers, budget, conditional requests, and the
// meaning of a status. Nothing is retried here; callers do that.
//
// A GET whose answer had an ETag is conditional the next time; an answer 304 costs no budget.
// Bodies and tokens never appear in an error or a log. Thread: any; at most 100 requests are in
// progress at a time, and more wait.
#pragma once

#include "contracts/base/json.h"
#include "control/forge/github/budget.h"
#include "control/forge/github/fault.h"
#include "control/http/client.h"

#include <condition_variable>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace control::github {

struct Call {
    std::string method = "GET";
    std::string path;        // "/repos/…", each part encoded
    contracts::Json body{};  // null: none
    std::string accept = "application/vnd.github+json";
    std::size_t most = 8 << 20;  // of the answer's body
};

struct Reply {
    int status = 0;
    std::vector<HttpHeader> headers{};
    std::string body{};

    [[nodiscard]] std::string_view header(std::string_view name) const;
    // Failure: an answer that is not JSON (an HTML page, a truncated text) is `transient`.
    [[nodiscard]] Answer<contracts::Json> json() const;
};

class Transport {
public:
    // `api_url` has no trailing slash. Borrows client and clock.
    Transport(HttpClient& http, const contracts::Clock& clock, std::string api_url)
        : http_(http), clock_(clock), api_url_(std::move(api_url)) {}

    // Any status from 200 to 299, and 302, is an answer; the rest are faults. `bearer` goes into
    // the Authorization header.
    [[nodiscard]] Answer<Reply> send(const Call& call, const std::string& bearer, Budget& budget);
    // The last `most` bytes of the text at `url` (the target of a 302). Sent without credentials; a
    // text longer than 512 MiB is not read to its end.
    [[nodiscard]] Answer<std::string> tail_of(const std::string& url, std::size_t most);

private:
    struct Remembered {
        std::string key;
        std::string etag;
        Reply reply;
    };

    [[nodiscard]] Answer<HttpResponse> exchange(ClientRequest request);
    void note_limits(const HttpResponse& response, Budget& budget) const;
    [[nodiscard]] Fault fault_of(const Call& call, const HttpResponse& response,
                                 Budget& budget) const;
    [[nodiscard]] std::string etag_of(const std::string& key);
    [[nodiscard]] std::optional<Reply> remembered(const std::string& key);
    void remember(Remembered entry);

    HttpClient& http_;
    const contracts::Clock& clock_;
    const std::string api_url_;
    std::mutex mutex_;
    std::condition_variable place_free_;
    int under_way_ = 0;
    std::list<Remembered> recent_;  // newest first
};

}  // namespace control::github
