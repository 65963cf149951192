// SPDX-License-Identifier: MIT
#include "support/mounts.hpp"

#include <sched.h>
#include <sys/mount.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <string_view>
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

void make_machine_small() {
    static bool is_small = false;
    if (std::exchange(is_small, true)) {
        return;
    }
    constexpr std::array<const char*, 6> parents{
        "/usr", "/usr/share", "/usr/lib", "/usr/local", "/root", "/home"};
    // What the tests themselves, and the programs that they run, are made of.
    constexpr std::array<std::string_view, 15> needed{"bin",
                                                      "lib",
                                                      "lib64",
                                                      "sbin",
                                                      "libexec",
                                                      "-linux-gnu",
                                                      "python3",
                                                      "git-core",
                                                      "apache2",
                                                      "ssl",
                                                      "local",
                                                      "share",
                                                      "zsh",
                                                      "fish",
                                                      "bash"};
    const std::array<std::string, 2> own{std::filesystem::read_symlink("/proc/self/exe"),
                                         ENVKEEP_SOURCE_DIR};
    for (const char* const parent : parents) {
        std::error_code unreadable;
        for (const auto& entry : std::filesystem::directory_iterator(parent, unreadable)) {
            const std::string name = entry.path().filename();
            const bool is_needed =
                std::ranges::any_of(needed,
                                    [&](std::string_view one) {
                                        return name.starts_with(one) || name.ends_with(one);
                                    }) ||
                std::ranges::any_of(own, [&](const std::string& path) {
                    return path.starts_with(entry.path().string() + "/");
                });
            if (!is_needed && entry.is_directory() && !entry.is_symlink()) {
                mount_at(entry.path(), "tmpfs", "tmpfs", 0, {});
            }
        }
    }
}

}  // namespace envkeep::testing
