#include "control/gate/egress_lookup.h"

#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <cstring>
#include <memory>

namespace control {

using contracts::ErrorKind;
using contracts::fail;

namespace {

constexpr int kTrySeconds = 2;
constexpr int kTries = 2;
constexpr std::size_t kMostAddresses = 16;

struct FreeAddresses {
    void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

std::optional<egress::Address> address_of(const addrinfo& found) {
    egress::Address address;
    if (found.ai_family == AF_INET) {
        const auto* four = reinterpret_cast<const sockaddr_in*>(found.ai_addr);
        std::memcpy(address.bytes.data(), &four->sin_addr, sizeof four->sin_addr);
        return address;
    }
    if (found.ai_family != AF_INET6) return std::nullopt;
    address.six = true;
    const auto* six = reinterpret_cast<const sockaddr_in6*>(found.ai_addr);
    std::memcpy(address.bytes.data(), &six->sin6_addr, sizeof six->sin6_addr);
    return address;
}

// Limits this thread's resolver: a silent name server must not hold a lookup for half a minute.
void bound_patience() {
    if (::res_init() != 0) return;
    _res.retrans = kTrySeconds;
    _res.retry = kTries;
}

}  // namespace

LookedUp look_up_host(const std::string& host) {
    bound_patience();
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    const int failure = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
    const std::unique_ptr<addrinfo, FreeAddresses> owner(list);
    if (failure != 0) {
        const bool passing = failure == EAI_AGAIN || failure == EAI_MEMORY || failure == EAI_SYSTEM;
        return fail(passing ? ErrorKind::transient : ErrorKind::not_found,
                    host + " has no address: " + ::gai_strerror(failure));
    }
    std::vector<egress::Address> addresses;
    for (const addrinfo* one = list; one != nullptr && addresses.size() < kMostAddresses;
         one = one->ai_next)
        if (const auto address = address_of(*one)) addresses.push_back(*address);
    return addresses;
}

}  // namespace control
