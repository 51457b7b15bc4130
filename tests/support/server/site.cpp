#include "tests/support/server/site.h"

#include "tests/support/eventually.h"

namespace tests {

Site::Site() {
    (void)server.run("useradd --create-home --groups docker deploy");
    (void)server.run("chgrp docker /run/docker.sock && chmod 660 /run/docker.sock");
    address = server.run(
        "ip -4 -o addr show scope global | grep -v docker | "
        "sed -n 's/.*inet \\([0-9.]*\\).*/\\1/p' | head -n 1");
    address.pop_back();
}

Site& Site::shared() {
    static Site site;
    return site;
}

// Earlier tests have left one key a line in this file; ours is appended.
void Site::let_in(const std::string& public_key) const {
    (void)server.run("mkdir -p ~deploy/.ssh && echo '" + public_key +
                     "' >> ~deploy/.ssh/authorized_keys && chown -R deploy:deploy ~deploy/.ssh && "
                     "chmod 700 ~deploy/.ssh");
}

std::shared_ptr<ChildProcess> Site::run_python(const std::string& program,
                                               std::uint16_t port) const {
    auto running = std::make_shared<ChildProcess>(ChildOptions{
        .argv = {"nsenter", "--net=/proc/" + std::to_string(engine.process()) + "/ns/net",
                 "python3", "-B", "-c", program, std::to_string(port)}});
    eventually("the program on the server is ready",
               [&] { return running->output().find('\n') != std::string::npos; });
    return running;
}

}  // namespace tests
