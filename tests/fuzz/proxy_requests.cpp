// Arbitrary bytes from an agent to its proxy.
#include "control/egress/request.h"
#include "tests/fuzz/target.h"

using control::egress::ProxyRequest;
using fuzz::require;

namespace {

void check_forwarded(const ProxyRequest& request) {
    const std::string_view head = request.head;
    require(head.ends_with("Connection: close\r\n\r\n"), "the far server is asked to close");
    require(head.find("\r\n\r\n") == head.size() - 4, "one head goes on");
    for (std::size_t i = 0; i < head.size(); ++i) {
        if (head[i] == '\r') require(head.substr(i + 1, 1) == "\n", "a line ends in one way");
        if (head[i] == '\n') require(i > 0 && head[i - 1] == '\r', "a line ends in one way");
    }
    const std::size_t host = head.find("\r\nHost: ");
    require(host != std::string_view::npos && head.find("\r\nHost: ", host + 1) == head.npos,
            "the far server is told one host");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = fuzz::text_of(data, size);
    const auto request = control::egress::parse_proxy_request(text);
    if (!request) {
        require(!request.error().message.empty(), "a refusal says why");
        return 0;
    }
    if (request->kind == ProxyRequest::Kind::about) return 0;
    const std::string target = to_text(request->target);
    const auto again = control::egress::parse_target(target, 1);
    require(again && *again == request->target, "a target reads back");
    require(request->target.port != 0, "a target has a port");
    require(request->target.address || !control::egress::is_address_like(request->target.host),
            "no name is an address in disguise");
    if (request->kind == ProxyRequest::Kind::forward) check_forwarded(*request);
    return 0;
}
