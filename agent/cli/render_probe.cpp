// SPDX-License-Identifier: MIT
#include "cli/render_probe.hpp"

#include "cli/render_json.hpp"
#include "envkeep/core/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace envkeep::cli {
namespace {

using gpu::ProbePass;

std::string milliseconds_of(const ProbePass& pass, std::string_view step, int card) {
    const auto found = std::ranges::find_if(pass.steps, [&](const gpu::ProbeStep& one) {
        return one.name == step && one.card == card;
    });
    return found == pass.steps.end() ? std::string("?")
                                     : fmt::format("{} ms", (found->microseconds + 500) / 1000);
}

// How a pass failed: "cuInit gave 802", "cuInit did not come back".
std::string failure_of(const ProbePass& pass) {
    if (!pass.not_started.empty()) {
        return pass.not_started;
    }
    if (!pass.missing.empty()) {
        return pass.missing;
    }
    if (!pass.failed.empty()) {
        return pass.code < 0 ? pass.failed + " failed"
                             : fmt::format("{} gave {}", pass.failed, pass.code);
    }
    return pass.last + (pass.has_crashed() ? " crashed" : " did not come back");
}

Json numbers_json(const std::optional<std::uint64_t>& number) {
    return number ? Json(*number) : Json();
}

Json flag_json(const std::optional<bool>& flag) {
    return flag ? Json(*flag) : Json();
}

Json names_json(const std::vector<std::string>& names) {
    Json json = Json::array();
    for (const std::string& name : names) {
        json.add(json_bytes(name));
    }
    return json;
}

Json pass_json(const std::optional<ProbePass>& pass) {
    if (!pass) {
        return {};
    }
    Json steps = Json::array();
    for (const gpu::ProbeStep& step : pass->steps) {
        steps.add(Json()
                      .set("name", step.name)
                      .set("card", step.card)
                      .set("code", step.code)
                      .set("microseconds", std::uint64_t{step.microseconds}));
    }
    Json trial;
    if (pass->trial) {
        trial.set("left_out", names_json(pass->trial->left_out))
            .set("works", pass->trial->is_well)
            .set("culprits", names_json(pass->trial->culprits));
    }
    return Json()
        .set("works", pass->is_well())
        .set("not_started", json_bytes(pass->not_started))
        .set("library", json_bytes(pass->library))
        .set("missing", json_bytes(pass->missing))
        .set("failed", pass->failed)
        .set("failed_card", pass->failed_card)
        .set("code", pass->code)
        .set("last", pass->last)
        .set("complete", pass->is_complete)
        .set("over_time", pass->is_over_time)
        .set("stuck", pass->is_stuck)
        .set("signal", pass->signal)
        .set("said", json_bytes(pass->said))
        .set("cards", pass->cards ? Json(std::int64_t{*pass->cards}) : Json())
        .set("steps", std::move(steps))
        .set("trial", std::move(trial));
}

Json card_json(const gpu::ProbedCard& card) {
    Json processes = Json::array();
    for (const gpu::CardProcess& process : card.processes) {
        processes.add(Json().set("pid", process.pid).set("memory_bytes", process.memory));
    }
    return Json()
        .set("name", json_bytes(card.name))
        .set("address", json_bytes(card.address))
        .set("uuid", json_bytes(card.uuid))
        .set("code", card.code)
        .set("memory_bytes", numbers_json(card.memory_total))
        .set("memory_used_bytes", numbers_json(card.memory_used))
        .set("compute_mode", numbers_json(card.compute_mode))
        .set("persistent", flag_json(card.is_persistent))
        .set("mig", flag_json(card.is_mig))
        .set("mig_instances", card.mig_instances)
        .set("uncorrected_errors", numbers_json(card.uncorrected_errors))
        .set("remap_pending", card.is_remap_pending)
        .set("remap_failed", card.has_remap_failed)
        .set("retirement_pending", card.is_retirement_pending)
        .set("clock_reasons", numbers_json(card.clock_reasons))
        .set("recovery", numbers_json(card.recovery))
        .set("fabric_state", numbers_json(card.fabric_state))
        .set("fabric_status", card.fabric_status)
        .set("virtual", card.is_virtual)
        .set("licensed", flag_json(card.is_licensed))
        .set("links_active", card.links_active)
        .set("links_down", card.links_down)
        .set("link_recoveries", card.link_recoveries)
        .set("processes", std::move(processes));
}

Json computed_json(const gpu::ComputedCard& card) {
    return Json()
        .set("name", json_bytes(card.name))
        .set("address", json_bytes(card.address))
        .set("uuid", json_bytes(card.uuid))
        .set("capability", card.capability.text())
        .set("memory_bytes", card.memory_total)
        .set("memory_free_bytes", card.memory_free)
        .set("computes", card.computes)
        .set("copies", card.copies)
        .set("wrong", card.is_wrong);
}

void add_computed(const gpu::ProbeFacts& probe, std::vector<std::string>& parts) {
    int index = 0;
    for (const gpu::ComputedCard& card : probe.computed) {
        if (card.computes && probe.libcuda) {
            parts.push_back(
                fmt::format("{} computes (context {}, kernel {})",
                            card.name,
                            milliseconds_of(*probe.libcuda, "cuDevicePrimaryCtxRetain", index),
                            milliseconds_of(*probe.libcuda, "cuCtxSynchronize", index)));
        }
        ++index;
    }
}

}  // namespace

bool is_well(const gpu::ProbeFacts& probe) {
    return (!probe.nvml || probe.nvml->is_well()) && (!probe.libcuda || probe.libcuda->is_well());
}

std::string probe_text(const gpu::ProbeFacts& probe) {
    std::vector<std::string> parts;
    for (const std::optional<ProbePass>& pass : {probe.nvml, probe.libcuda}) {
        if (pass && !pass->is_well()) {
            parts.push_back(failure_of(*pass));
        }
    }
    add_computed(probe, parts);
    for (const gpu::ProbedCard& card : probe.cards) {
        if (!probe.libcuda && card.memory_used && card.memory_total) {
            parts.push_back(fmt::format("{} answers ({} of {} used)",
                                        card.name,
                                        human_size(*card.memory_used),
                                        human_size(*card.memory_total)));
        }
    }
    return fmt::format("{}", fmt::join(parts, "; "));
}

Json json_of(const gpu::ProbeFacts& probe) {
    Json cards = Json::array();
    for (const gpu::ProbedCard& card : probe.cards) {
        cards.add(card_json(card));
    }
    Json computed = Json::array();
    for (const gpu::ComputedCard& card : probe.computed) {
        computed.add(computed_json(card));
    }
    return Json()
        .set("computes", probe.computes())
        .set("kernel_version", json_bytes(probe.kernel_version))
        .set("host_cards", names_json(probe.host_cards))
        .set("driver", json_bytes(probe.driver))
        .set("cuda", probe.cuda)
        .set("confidential", flag_json(probe.is_confidential))
        .set("accepts_work", probe.accepts_work)
        .set("nvml", pass_json(probe.nvml))
        .set("libcuda", pass_json(probe.libcuda))
        .set("cards", std::move(cards))
        .set("computed", std::move(computed));
}

}  // namespace envkeep::cli
