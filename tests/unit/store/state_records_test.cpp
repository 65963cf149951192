// SPDX-License-Identifier: MIT
#include "store/state_records.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace envkeep::store {
namespace {

std::string any_text() {
    const auto numbers =
        *rc::gen::container<std::vector<std::uint8_t>>(rc::gen::arbitrary<std::uint8_t>());
    return {numbers.begin(), numbers.end()};
}

system::Status any_status() {
    return {.kind = static_cast<system::Kind>(*rc::gen::inRange(0, 5)),
            .mode = *rc::gen::arbitrary<std::uint32_t>(),
            .uid = *rc::gen::arbitrary<std::uint32_t>(),
            .size = *rc::gen::arbitrary<std::uint64_t>(),
            .device = *rc::gen::arbitrary<std::uint64_t>(),
            .modified = WallTime(std::chrono::nanoseconds(*rc::gen::arbitrary<std::int64_t>())),
            .is_mount_point = *rc::gen::arbitrary<bool>()};
}

std::vector<RestoredFile> any_files() {
    std::vector<RestoredFile> files;
    for (int left = *rc::gen::inRange(0, 4); left > 0; --left) {
        files.push_back({.place = any_text(),
                         .source = any_text(),
                         .digest = digest_of(any_text()),
                         .home_seen = any_status(),
                         .store_seen = any_status(),
                         .is_link = *rc::gen::arbitrary<bool>()});
    }
    return files;
}

std::string damaged(std::string text) {
    for (int left = *rc::gen::inRange(1, 6); left > 0 && !text.empty(); --left) {
        text.at(*rc::gen::inRange<std::size_t>(0, text.size())) = *rc::gen::arbitrary<char>();
    }
    return text;
}

RC_GTEST_PROP(RestoredFiles, ComeBackWhateverBytesTheirPathsHold, ()) {
    const std::vector<RestoredFile> files = any_files();

    const auto back = restored_files(lines_of(files));

    RC_ASSERT(back.has_value());
    RC_ASSERT(*back == files);
}

RC_GTEST_PROP(RestoredFiles, AreAsManyAsLinesOrNoneWhateverTheLinesHaveBecome, ()) {
    const std::string text = damaged(lines_of(any_files()));

    const auto back = restored_files(text);

    RC_ASSERT((!back || back->size() <= text.size()));
}

RC_GTEST_PROP(SniffedFiles, ComeBackWhateverBytesTheirPathsHold, ()) {
    SniffedFiles sniffed;
    for (int left = *rc::gen::inRange(0, 4); left > 0; --left) {
        sniffed[any_text()] = {.seen = any_status(), .is_private_key = *rc::gen::arbitrary<bool>()};
    }

    const auto back = sniffed_files(lines_of(sniffed));

    RC_ASSERT(back.has_value());
    RC_ASSERT(*back == sniffed);
}

}  // namespace
}  // namespace envkeep::store
