// SPDX-License-Identifier: MIT
#include "gpu/read_records.hpp"

#include "gpu/probe/record.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace envkeep::gpu {
namespace {

constexpr std::size_t most_cards = 64;
constexpr std::size_t most_said = 4096;

#define ENVKEEP_PROBE_STEP(name, call) std::string_view(call),
constexpr std::array<std::string_view, probe_steps> calls{ENVKEEP_PROBE_STEPS(ENVKEEP_PROBE_STEP)};
#undef ENVKEEP_PROBE_STEP

std::string text_of(const probe_record& record) {
    return {record.text, ::strnlen(record.text, sizeof record.text)};
}

// "00000000:00:05.0" as the kernel writes it: "0000:00:05.0".
std::string address_of_record(std::string text) {
    constexpr std::size_t length = 12;
    std::ranges::transform(text, text.begin(), [](char letter) {
        return letter >= 'A' && letter <= 'F' ? static_cast<char>(letter - 'A' + 'a') : letter;
    });
    return text.size() > length ? text.substr(text.size() - length) : text;
}

std::string uuid_in(const probe_record& record) {
    std::array<unsigned char, 16> bytes{};
    std::memcpy(bytes.data(), record.numbers, bytes.size());
    std::string uuid = "GPU";
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        constexpr unsigned starts_a_group = 1U << 0U | 1U << 4U | 1U << 6U | 1U << 8U | 1U << 10U;
        uuid += (starts_a_group >> i & 1U) != 0 ? "-" : "";
        uuid += fmt::format("{:02x}", bytes.at(i));
    }
    return uuid;
}

template <typename Card>
Card* card_of(const probe_record& record, std::vector<Card>& cards) {
    if (record.card < 0 || static_cast<std::size_t>(record.card) >= most_cards) {
        return nullptr;
    }
    const auto index = static_cast<std::size_t>(record.card);
    if (cards.size() <= index) {
        cards.resize(index + 1);
    }
    return &cards[index];
}

// What is not told of a card, or not by this driver, is no failure of the pass.
bool is_failure(const probe_record& record) {
    switch (record.step) {
        case step_control_version:
        case step_control_cards:
        case step_cuda_name:
        case step_cuda_uuid:
        case step_cuda_pci:
        case step_cuda_fill:
        case step_cuda_release:
        case step_nvml_end:
            return false;
        case step_nvml_load:
        case step_nvml_init:
        case step_nvml_count:
        case step_nvml_handle:
            return record.code != 0;
        default: {
            constexpr int lost = 15;
            constexpr int reset_required = 16;
            return record.step < step_nvml_end
                       ? record.code == lost || record.code == reset_required
                       : record.code != 0;
        }
    }
}

// NOLINTBEGIN(readability-function-cognitive-complexity,readability-function-size): a table.
void read_nvml_card(const probe_record& record, ProbedCard& card) {
    const std::uint64_t* const numbers = record.numbers;
    switch (record.step) {
        case step_nvml_name:
            card.name = text_of(record);
            break;
        case step_nvml_uuid:
            card.uuid = text_of(record);
            break;
        case step_nvml_pci:
            card.address = address_of_record(text_of(record));
            break;
        case step_nvml_memory:
            card.memory_total = numbers[0];
            card.memory_used = numbers[2];
            break;
        case step_nvml_compute_mode:
            card.compute_mode = numbers[0];
            break;
        case step_nvml_persistence:
            card.is_persistent = numbers[0] != 0;
            break;
        case step_nvml_mig:
            card.is_mig = numbers[0] == 1;
            card.mig_instances = numbers[1];
            break;
        case step_nvml_ecc:
            card.uncorrected_errors = numbers[0];
            break;
        case step_nvml_rows:
            card.is_remap_pending = numbers[2] != 0;
            card.has_remap_failed = numbers[3] != 0;
            break;
        case step_nvml_pages:
            card.is_retirement_pending = numbers[0] != 0;
            break;
        case step_nvml_clocks:
            card.clock_reasons = numbers[0];
            break;
        case step_nvml_recovery:
            card.recovery = numbers[0];
            break;
        case step_nvml_fabric:
            card.fabric_state = numbers[0];
            card.fabric_status = numbers[1];
            break;
        case step_nvml_virtual:
            card.is_virtual = numbers[0] == 2;
            break;
        case step_nvml_license:
            if (numbers[0] != 0 && numbers[1] != 0) {
                card.is_licensed = numbers[2] != 0;
            }
            break;
        case step_nvml_links:
            card.links_active = numbers[0];
            card.links_down = numbers[1];
            card.link_recoveries = numbers[2];
            break;
        case step_nvml_processes:
            if (numbers[0] != 0) {
                card.processes.push_back(
                    {.pid = static_cast<std::int64_t>(numbers[0]), .memory = numbers[1]});
            }
            break;
        default:
            break;
    }
}

void read_computed_card(const probe_record& record, ComputedCard& card) {
    const bool is_well = record.code == 0;
    switch (record.step) {
        case step_cuda_name:
            card.name = text_of(record);
            break;
        case step_cuda_uuid:
            card.uuid = is_well ? uuid_in(record) : std::string();
            break;
        case step_cuda_pci:
            card.address = address_of_record(text_of(record));
            break;
        case step_cuda_attributes:
            card.capability = {.major = static_cast<unsigned>(record.numbers[0]),
                               .minor = static_cast<unsigned>(record.numbers[1])};
            break;
        case step_cuda_memory:
            card.memory_total = record.numbers[0];
            break;
        case step_cuda_free_memory:
            card.memory_free = record.numbers[0];
            break;
        case step_cuda_compare:
            card.computes = is_well;
            card.is_wrong = !is_well;
            break;
        case step_cuda_fill:
            card.copies = is_well;
            card.is_wrong = record.code == ENVKEEP_PROBE_FAILED;
            break;
        default:
            break;
    }
}

std::string cuda_version_in(std::uint64_t number) {
    return fmt::format("{}.{}", number / 1000, number % 1000 / 10);
}

void read_general(const probe_record& record, ProbePass& pass, ProbeFacts& facts) {
    switch (record.step) {
        case step_control_version:
            facts.kernel_version = text_of(record);
            break;
        case step_control_cards:
            if (record.card >= 0 && facts.host_cards.size() < most_cards) {
                const std::uint64_t place = record.numbers[0];
                facts.host_cards.push_back(fmt::format("{:04x}:{:02x}:{:02x}.0",
                                                       place >> 16U & 0xffffU,
                                                       place >> 8U & 0xffU,
                                                       place & 0xffU));
            }
            break;
        case step_nvml_load:
        case step_cuda_load:
            (record.code == 0 ? pass.library : pass.missing) = text_of(record);
            break;
        case step_nvml_driver:
            facts.driver = text_of(record);
            break;
        case step_nvml_cuda:
        case step_cuda_version:
            facts.cuda = record.code == 0 ? cuda_version_in(record.numbers[0]) : facts.cuda;
            break;
        case step_nvml_confidential:
            if (record.code == 0) {
                facts.is_confidential = record.numbers[0] != 0;
                facts.accepts_work = record.numbers[1] != 0;
            }
            break;
        case step_nvml_count:
        case step_cuda_count:
            if (record.code == 0) {
                pass.cards = static_cast<unsigned>(record.numbers[0]);
            }
            break;
        case step_end:
            pass.is_complete = true;
            break;
        default:
            break;
    }
}

// NOLINTEND(readability-function-cognitive-complexity,readability-function-size)

void read_of_card(const probe_record& record, ProbeFacts& facts) {
    if (record.step >= step_cuda_device) {
        ComputedCard* const card =
            record.step < step_end ? card_of(record, facts.computed) : nullptr;
        if (card != nullptr) {
            read_computed_card(record, *card);
        }
        return;
    }
    ProbedCard* const card = record.step >= step_nvml_handle && record.step < step_nvml_end
                                 ? card_of(record, facts.cards)
                                 : nullptr;
    if (card != nullptr && record.code == 0) {
        read_nvml_card(record, *card);
    } else if (card != nullptr && card->code == 0 && is_failure(record)) {
        card->code = record.code;
    }
}

void read_record(const probe_record& record, ProbePass& pass, ProbeFacts& facts) {
    if (record.code == ENVKEEP_PROBE_BEGUN) {
        pass.last = calls.at(record.step);
        return;
    }
    pass.steps.push_back({.name = std::string(calls.at(record.step)),
                          .card = record.card,
                          .code = record.code,
                          .microseconds = record.microseconds});
    if (is_failure(record) && pass.failed.empty()) {
        pass.code = record.code;
        pass.failed = calls.at(record.step);
        pass.failed_card = record.card;
    }
    read_general(record, pass, facts);
    read_of_card(record, facts);
}

}  // namespace

bool ProbeFacts::computes() const {
    return libcuda && libcuda->is_well() && !computed.empty() &&
           std::ranges::all_of(computed, &ComputedCard::computes);
}

void read_records(std::string_view output, ProbePass& pass, ProbeFacts& facts) {
    constexpr std::uint64_t magic = ENVKEEP_PROBE_MAGIC;
    std::array<char, sizeof magic> letters{};
    std::memcpy(letters.data(), &magic, sizeof magic);
    const std::string_view start(letters.data(), letters.size());
    while (!output.empty()) {
        const std::size_t at = std::min(output.find(start), output.size());
        const std::size_t room = most_said - std::min(most_said, pass.said.size());
        pass.said += output.substr(0, std::min(at, room));
        output.remove_prefix(at);
        if (output.size() < sizeof(probe_record)) {
            return;
        }
        probe_record record{};
        std::memcpy(&record, output.data(), sizeof record);
        output.remove_prefix(sizeof record);
        if (record.step < probe_steps) {
            read_record(record, pass, facts);
        }
    }
}

}  // namespace envkeep::gpu
