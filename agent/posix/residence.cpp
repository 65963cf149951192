// SPDX-License-Identifier: MIT
#include "envkeep/posix/process.hpp"
#include "posix/error.hpp"
#include "posix/fresh_child.hpp"

#include <link.h>
#include <malloc.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace envkeep::posix {
namespace {

constexpr int populate_read = 22;  // MADV_POPULATE_READ, Linux 5.14

// Between the program's variables address sanitizers keep bytes that nobody may read; here one may.
__attribute__((no_sanitize("address"))) void touch_pages(std::uintptr_t begin,
                                                         std::uintptr_t end,
                                                         std::uintptr_t page) {
    for (std::uintptr_t at = begin; at < end; at += page) {
        static_cast<void>(*reinterpret_cast<const volatile char*>(at));
    }
}

void make_resident(std::uintptr_t begin, std::uintptr_t end, std::uintptr_t page) {
    begin = begin / page * page;
    void* const address = reinterpret_cast<void*>(begin);
    if (::madvise(address, end - begin, populate_read) != 0) {
        touch_pages(begin, end, page);
    }
    static_cast<void>(::mlock(address, end - begin));
}

int make_object_resident(struct ::dl_phdr_info* object, std::size_t, void*) {
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    for (std::size_t i = 0; i < object->dlpi_phnum; ++i) {
        const auto& segment = object->dlpi_phdr[i];
        if (segment.p_type == PT_LOAD && (segment.p_flags & PF_R) != 0) {
            const std::uintptr_t begin = object->dlpi_addr + segment.p_vaddr;
            make_resident(begin, begin + segment.p_memsz, page);
        }
    }
    return 0;
}

}  // namespace

void grow_heap_in_large_steps() {
    constexpr int step = 1 << 20;
    constexpr int largest_in_heap = 32 << 20;  // what glibc allows at most
    ::mallopt(M_TOP_PAD, step);
    ::mallopt(M_MMAP_THRESHOLD, largest_in_heap);
}

void keep_own_rights() {
    constexpr ::mode_t usual = 0022;
    const ::mode_t given = ::umask(usual);
    if (given != usual) {
        ::umask(given & ~static_cast<::mode_t>(S_IRWXU));
    }
}

void allow_many_files() {
    constexpr ::rlim_t most = most_descriptors;
    struct ::rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
        limit.rlim_cur < std::min(limit.rlim_max, most)) {
        limit.rlim_cur = std::min(limit.rlim_max, most);
        static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
    }
}

void make_text_resident() {
    ::dl_iterate_phdr(make_object_resident, nullptr);
}

void run_at_low_priority() {
    // ioprio_set(2) has no wrapper: for this process, class 2 (best effort) in the upper bits,
    // least of it.
    constexpr int process = 1;
    constexpr int least = 2 << 13 | 7;
    static_cast<void>(::syscall(SYS_ioprio_set, process, 0, least));
    constexpr int low = 5;
    static_cast<void>(
        ::setpriority(PRIO_PROCESS, 0, std::max(::getpriority(PRIO_PROCESS, 0), low)));
}

Result<SharedFlag> SharedFlag::make() {
    void* const memory = ::mmap(nullptr,
                                sizeof(std::atomic<std::uint32_t>),
                                PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS,
                                -1,
                                0);
    if (memory == MAP_FAILED) {
        return last_error("cannot share memory with the worker");
    }
    static_assert(std::atomic<std::uint32_t>::is_always_lock_free);
    return SharedFlag(new (memory) std::atomic<std::uint32_t>(0));
}

SharedFlag::SharedFlag(SharedFlag&& other) noexcept : flag_(std::exchange(other.flag_, nullptr)) {}

SharedFlag::~SharedFlag() {
    if (flag_ != nullptr) {
        ::munmap(flag_, sizeof *flag_);
    }
}

void SharedFlag::set() noexcept {
    flag_->store(1, std::memory_order_release);
}

bool SharedFlag::is_set() const noexcept {
    return flag_->load(std::memory_order_acquire) != 0;
}

}  // namespace envkeep::posix
