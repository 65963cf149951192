// SPDX-License-Identifier: MIT
#include "support/hung_folder.hpp"

#include <fcntl.h>
#include <linux/fuse.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace envkeep::testing {
namespace {

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

// What the kernel offers least room for.
using Request = std::array<char, std::size_t{64} << 10U>;

void read_request(int server, Request& request) {
    while (::read(server, request.data(), request.size()) < 0) {
        if (errno != EINTR && errno != ENOENT) {
            fail("cannot read a request of FUSE");
        }
    }
}

// The one request that is answered: before it the kernel sends no other.
void answer_first(int server) {
    Request request{};
    read_request(server, request);
    ::fuse_in_header asked{};
    ::fuse_init_in offered{};
    std::memcpy(&asked, request.data(), sizeof asked);
    std::memcpy(&offered, request.data() + sizeof asked, sizeof offered);

    struct Answer {
        ::fuse_out_header header;
        ::fuse_init_out init;
    } answer{};

    answer.header = {.len = sizeof answer, .error = 0, .unique = asked.unique};
    answer.init.major = FUSE_KERNEL_VERSION;
    answer.init.minor = std::min<std::uint32_t>(offered.minor, FUSE_KERNEL_MINOR_VERSION);
    answer.init.max_write = 4096;
    if (::write(server, &answer, sizeof answer) != static_cast<ssize_t>(sizeof answer)) {
        fail("cannot answer FUSE");
    }
}

}  // namespace

bool HungFolder::is_possible() {
    const int server = ::open("/dev/fuse", O_RDWR | O_CLOEXEC);
    return server >= 0 && ::close(server) == 0;
}

HungFolder::HungFolder(const std::string& point)
    : point_(point), server_(::open("/dev/fuse", O_RDWR | O_CLOEXEC)) {
    const std::string options =
        "fd=" + std::to_string(server_) + ",rootmode=40000,user_id=0,group_id=0,allow_other";
    if (server_ < 0 || ::mount("hung", point.c_str(), "fuse", 0, options.c_str()) != 0) {
        fail("cannot mount FUSE");
    }
    answer_first(server_);
}

HungFolder::~HungFolder() {
    let_go();
    ::umount2(point_.c_str(), MNT_DETACH);
}

void HungFolder::take_request() const {
    Request request{};
    read_request(server_, request);
}

void HungFolder::let_go() {
    if (server_ >= 0) {
        ::close(std::exchange(server_, -1));
    }
}

}  // namespace envkeep::testing
