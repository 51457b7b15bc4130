#include "control/domains/visit.h"

namespace control {

namespace {

constexpr std::chrono::seconds kVisitPatience{10};

}  // namespace

contracts::Result<void> visit_name(HttpClient& client, const EdgeAddress& edge,
                                   const std::string& host, const std::string& path) {
    const std::string port = ':' + std::to_string(edge.https_port);
    int status = 0;
    ClientRequest request{.url = "https://" + host + port + path,
                          .connect_to = edge.address + port,
                          .tls = edge.tls,
                          .timeout = kVisitPatience};
    request.on_headers = [&status](int code, const std::vector<HttpHeader>&) {
        status = code;
    };
    // The status is enough: do not wait for the end of the page, which may never come.
    request.on_data = [](std::string_view) {
        return false;
    };
    const contracts::Result<HttpResponse> answer = client.perform(std::move(request));
    if (status == 0 && !answer) return answer.fault();
    if (status == 0) status = answer->status;
    if (status / 100 == 2) return {};
    return contracts::fail(contracts::ErrorKind::upstream,
                           "answers " + std::to_string(status) + " instead of 200");
}

}  // namespace control
