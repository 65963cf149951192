// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/manifest/manifest.hpp"

#include <array>
#include <string_view>
#include <utility>

// The words that stand for the values of a manifest, for reading and for showing.
namespace envkeep::manifest {

template <typename T>
using Choice = std::pair<std::string_view, T>;

inline constexpr auto kind_words = std::to_array<Choice<KeepKind>>(
    {{"file", KeepKind::file}, {"folder", KeepKind::folder}, {"any", KeepKind::any}});

inline constexpr auto how_words = std::to_array<Choice<How>>(
    {{"link", How::link}, {"copy", How::copy}, {"merge", How::merge}, {"packed", How::packed}});

inline constexpr auto side_words = std::to_array<Choice<OnConflict>>(
    {{"store", OnConflict::store}, {"home", OnConflict::home}, {"stop", OnConflict::stop}});

inline constexpr auto preset_words = std::to_array<Choice<Preset>>(
    {{"ssh", Preset::ssh}, {"secrets", Preset::secrets}, {"none", Preset::none}});

inline constexpr auto per_words = std::to_array<Choice<bool>>({{"python", true}});

inline constexpr auto push_words = std::to_array<Choice<Push>>(
    {{"on-snapshot", Push::on_snapshot}, {"on-sync", Push::on_sync}, {"never", Push::never}});

inline constexpr auto policy_words = std::to_array<Choice<PackagePolicy>>(
    {{"keep", PackagePolicy::keep}, {"off", PackagePolicy::off}});

inline constexpr auto automatic_words = std::to_array<Choice<AutoSnapshot>>(
    {{"off", AutoSnapshot::off}, {"on-change", AutoSnapshot::on_change}});

inline constexpr auto expectation_words =
    std::to_array<Choice<GpuExpectation>>({{"optional", GpuExpectation::optional},
                                           {"required", GpuExpectation::required},
                                           {"none", GpuExpectation::none}});

// The word for a value; empty if there is none.
template <typename T, std::size_t Count>
[[nodiscard]] constexpr std::string_view word_of(const std::array<Choice<T>, Count>& words,
                                                 T value) {
    for (const Choice<T>& word : words) {
        if (word.second == value) {
            return word.first;
        }
    }
    return {};
}

}  // namespace envkeep::manifest
