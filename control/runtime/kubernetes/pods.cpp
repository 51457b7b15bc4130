#include "control/runtime/kubernetes/pods.h"

#include "control/http/message.h"
#include "control/runtime/kubernetes/pod_spec.h"

namespace control::kubernetes {

using contracts::fail;
using contracts::Json;
using contracts::Result;

namespace {

constexpr int kPageSize = 500;
constexpr int kMostPages = 100;
constexpr int kMostLogLines = 5000;

}  // namespace

std::string Pods::path(std::string_view kind, std::string_view name) const {
    std::string text = "/api/v1/namespaces/" + encode_percent(name_space_) + '/';
    text.append(kind);
    if (!name.empty()) text.append("/").append(encode_percent(name));
    return text;
}

std::string Pods::of_owner(std::string_view owner) const {
    return "labelSelector=" + encode_percent(std::string(kOwnerLabel) + '=' + std::string(owner));
}

Result<Json> Pods::create(const Json& pod) const {
    return api_.get_json("POST", path("pods"), pod);
}

Result<Json> Pods::find(const std::string& name) const {
    return api_.get_json("GET", path("pods", name));
}

Result<PodList> Pods::list(std::string_view owner) const {
    PodList all;
    std::string next;
    for (int page = 0; page < kMostPages; ++page) {
        std::string target =
            path("pods") + "?" + of_owner(owner) + "&limit=" + std::to_string(kPageSize);
        if (!next.empty()) target += "&continue=" + encode_percent(next);
        const Result<Json> listed = api_.get_json("GET", target);
        if (!listed) return listed.fault();
        if (const Json& items = at(*listed, {"items"}); items.is_array())
            all.pods.insert(all.pods.end(), items.begin(), items.end());
        all.version = text_below(*listed, {"metadata", "resourceVersion"});
        next = text_below(*listed, {"metadata", "continue"});
        if (next.empty()) return all;
    }
    return fail(contracts::ErrorKind::fatal, "more pods than can be listed");
}

Result<void> Pods::end(const PodKey& pod, std::chrono::seconds grace) const {
    const Json options{{"gracePeriodSeconds", grace.count()},
                       {"preconditions", {{"uid", pod.uid}}}};
    const Result<HttpResponse> answer = api_.ask("DELETE", path("pods", pod.name), options);
    if (!answer) return answer.fault();
    // 409: the name is another pod's by now.
    if (answer->status < 300 || answer->status == 404 || answer->status == 409) return {};
    return fail(refusal(answer->status, answer->body, "delete pod " + pod.name));
}

Result<void> Pods::release(const PodKey& pod) const {
    const Json change{{"metadata", {{"uid", pod.uid}, {"finalizers", nullptr}}}};
    const Result<HttpResponse> answer =
        api_.ask("PATCH", path("pods", pod.name), change, "application/merge-patch+json");
    if (!answer) return answer.fault();
    if (answer->status < 300 || answer->status == 404 || answer->status == 409) return {};
    return fail(refusal(answer->status, answer->body, "release pod " + pod.name));
}

Result<Json> Pods::events_of(const std::string& uid) const {
    return api_.get_json("GET", path("events") + "?limit=100&fieldSelector=" +
                                    encode_percent("involvedObject.uid=" + uid));
}

Result<std::string> Pods::tail(const std::string& name, std::size_t bytes) const {
    std::string last;
    int status = 0;
    Result<ClientRequest> request =
        api_.request("GET", path("pods", name) + "/log?container=" + std::string(kContainer) +
                                "&tailLines=" + std::to_string(kMostLogLines));
    if (!request) return request.fault();
    request->on_headers = [&status](int code, const std::vector<HttpHeader>&) {
        status = code;
    };
    request->on_data = [&last, bytes](std::string_view data) {
        constexpr std::size_t kSlack = 4096;
        last.append(data);
        // Moved seldom, so that each byte is moved a bounded number of times.
        if (last.size() > 2 * bytes + kSlack) last.erase(0, last.size() - bytes);
        return true;
    };
    const Result<HttpResponse> answer = api_.http().perform(std::move(*request));
    if (!answer) return answer.fault();
    if (status != 200) return fail(refusal(status, last, "log of pod " + name));
    return last.size() <= bytes ? last : last.substr(last.size() - bytes);
}

}  // namespace control::kubernetes
