#include "tests/fakes/agent_peer.h"

#include "contracts/fields/read.h"
#include "contracts/fields/write.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <stdexcept>

namespace tests {

using contracts::AgentReply;
using contracts::AgentRequest;
using contracts::Json;
using contracts::UniqueFd;

namespace {

UniqueFd listen_at(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) throw std::runtime_error("too long: " + path);
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(fd.get(), 64) != 0)
        throw std::runtime_error(contracts::system_error(errno, "listen at " + path).describe());
    return fd;
}

AgentReply good() {
    AgentReply reply;
    reply.ok = true;
    return reply;
}

}  // namespace

AgentPeer::AgentPeer(std::string path, Handler handler)
    : path_(std::move(path)),
      handler_(std::move(handler)),
      listener_(listen_at(path_)),
      stop_(::eventfd(0, EFD_CLOEXEC)),
      thread_([this] { serve(); }) {}

AgentPeer::~AgentPeer() {
    const std::uint64_t one = 1;
    (void)!::write(stop_.get(), &one, sizeof one);
    thread_.join();
    ::unlink(path_.c_str());
}

std::vector<AgentRequest> AgentPeer::requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
}

std::vector<std::string> AgentPeer::refusals() const {
    const std::lock_guard lock(mutex_);
    return refusals_;
}

int AgentPeer::connections() const {
    const std::lock_guard lock(mutex_);
    return connections_;
}

bool AgentPeer::readable(int fd) const {
    pollfd ready[] = {{fd, POLLIN, 0}, {stop_.get(), POLLIN, 0}};
    return ::poll(ready, 2, -1) > 0 && ready[1].revents == 0;
}

void AgentPeer::serve() {
    while (readable(listener_.get())) {
        const UniqueFd connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!connection.valid()) continue;
        {
            const std::lock_guard lock(mutex_);
            ++connections_;
        }
        talk(connection.get());
    }
}

void AgentPeer::talk(int fd) {
    std::string input;
    char buffer[65536];
    while (readable(fd)) {
        const ssize_t got = ::recv(fd, buffer, sizeof buffer, 0);
        if (got <= 0) return;
        input.append(buffer, static_cast<std::size_t>(got));
        for (std::size_t end; (end = input.find('\n')) != std::string::npos;) {
            const std::optional<std::string> line = answer(input.substr(0, end));
            input.erase(0, end + 1);
            if (!line) return;
            const std::string whole = *line + '\n';
            if (::send(fd, whole.data(), whole.size(), MSG_NOSIGNAL) < 0) return;
        }
    }
}

std::optional<std::string> AgentPeer::answer(const std::string& line) {
    auto request = contracts::parse_message<AgentRequest>(line);
    contracts::Result<void> granted;
    if (!request)
        granted = contracts::fail(request.error());
    else
        granted = contracts::check_grant(*request);
    {
        const std::lock_guard lock(mutex_);
        if (granted)
            requests_.push_back(*request);
        else
            refusals_.push_back(granted.error().describe());
    }
    return granted ? handler_(*request) : fault_reply(granted.error());
}

std::string api_reply(int status, Json body, std::string link) {
    AgentReply reply = good();
    reply.status = status;
    if (!body.is_null()) reply.body = std::move(body);
    if (!link.empty()) reply.link = std::move(link);
    return contracts::format_message(reply);
}

std::string publish_reply(std::string entry_id) {
    AgentReply reply = good();
    reply.entry_id = std::move(entry_id);
    return contracts::format_message(reply);
}

std::string follow_reply(Json entries) {
    AgentReply reply = good();
    reply.entries = std::move(entries);
    return contracts::format_message(reply);
}

std::string fault_reply(const contracts::Error& error) {
    AgentReply reply;
    contracts::AgentFault fault{std::string(contracts::to_text(error.kind)), error.message,
                                std::nullopt, std::nullopt};
    if (!error.field.empty()) fault.field = error.field;
    if (!error.next_step.empty()) fault.next_step = error.next_step;
    reply.fault = std::move(fault);
    return contracts::format_message(reply);
}

}  // namespace tests
