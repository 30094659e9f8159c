// trainbus: test a plugin without the host. Link the plugin's source into the test and write
//
//     const tb_observer& observer = *trainbus_module_v1.observers[0];
//     trainbus::testing::FakeHost host(observer);
//     host.set("path", "out.txt").files.fail_after(3);
//     trainbus::testing::Instance instance(observer, host);
//     instance.publish(trainbus::testing::EventBuilder(TB_ON_STEP).step(1).set("loss", 2.5));
//     … instance.failure, instance.emitted, host.log, host.files.get("out.txt"), host.terminal.live
#pragma once

#include <trainbus/plugin.hpp>
#include <trainbus/plugin/testing/event_builder.hpp>
#include <trainbus/plugin/testing/fake_files.hpp>
#include <trainbus/plugin/testing/fake_host.hpp>
#include <trainbus/plugin/testing/fake_terminal.hpp>
#include <trainbus/plugin/testing/instance.hpp>
