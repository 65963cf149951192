// SPDX-License-Identifier: MIT
#include "support/mounts.hpp"

#include <sched.h>
#include <sys/mount.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace envkeep::testing {
namespace {

void check(int outcome, const std::string& what) {
    if (outcome != 0) {
        throw std::system_error(errno, std::generic_category(), what);
    }
}

void mount_at(const std::string& point,
              const char* source,
              const char* type,
              unsigned long flags,
              const std::string& options) {
    const OwnMounts entered;
    check(::mount(source, point.c_str(), type, flags, options.c_str()),
          "cannot mount " + std::string(type == nullptr ? "bind" : type) + " at " + point);
}

}  // namespace

OwnMounts::OwnMounts() {
    static const bool is_entered = [] {
        check(::unshare(CLONE_NEWNS), "cannot make a mount name space (tests run as root)");
        check(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr),
              "cannot make mounts private");
        return true;
    }();
    static_cast<void>(is_entered);
}

ScopedMount ScopedMount::tmpfs(const std::string& point, const std::string& options) {
    mount_at(point, "tmpfs", "tmpfs", 0, options);
    return ScopedMount(point);
}

ScopedMount ScopedMount::overlay(const std::string& point,
                                 const std::string& lower,
                                 const std::string& upper,
                                 const std::string& work) {
    mount_at(point,
             "overlay",
             "overlay",
             0,
             "lowerdir=" + lower + ",upperdir=" + upper + ",workdir=" + work);
    return ScopedMount(point);
}

ScopedMount ScopedMount::bind(const std::string& point, const std::string& source) {
    mount_at(point, source.c_str(), nullptr, MS_BIND, {});
    return ScopedMount(point);
}

ScopedMount ScopedMount::read_only_bind(const std::string& point, const std::string& source) {
    ScopedMount mounted = bind(point, source);
    mount_at(point, source.c_str(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, {});
    return mounted;
}

ScopedMount::ScopedMount(ScopedMount&& other) noexcept : point_(std::exchange(other.point_, {})) {}

ScopedMount::~ScopedMount() {
    if (!point_.empty()) {
        ::umount2(point_.c_str(), MNT_DETACH);
    }
}

}  // namespace envkeep::testing
