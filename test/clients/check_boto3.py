"""boto3 against whatever AWS_ENDPOINT_URL says. Writes one line of JSON."""

import io
import json

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError


def refused(ask):
    try:
        ask()
    except ClientError as error:
        return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
    return None


found = {}
s3 = boto3.client("s3")
s3.create_bucket(Bucket="python")
s3.put_object(Bucket="python", Key="a b/ü+(1)!'*.txt", Body=b"short")
found["short"] = s3.get_object(Bucket="python", Key="a b/ü+(1)!'*.txt")["Body"].read().decode()

whole = b"long, " * 2_000_000
parts = TransferConfig(multipart_threshold=5 * 1024 * 1024, multipart_chunksize=5 * 1024 * 1024)
s3.upload_fileobj(io.BytesIO(whole), "python", "long", Config=parts)
down = io.BytesIO()
s3.download_fileobj("python", "long", down, Config=parts)
found["long"] = down.getvalue() == whole
found["range"] = s3.get_object(Bucket="python", Key="long", Range="bytes=6-9")["Body"].read().decode()
found["keys"] = [each["Key"] for each in s3.list_objects_v2(Bucket="python")["Contents"]]
found["deleted"] = len(
    s3.delete_objects(Bucket="python", Delete={"Objects": [{"Key": "long"}]})["Deleted"]
)
found["refused"] = refused(lambda: s3.put_bucket_policy(Bucket="python", Policy="{}"))

# A body that is signed as a whole, however long it is.
signed = boto3.client("s3", config=Config(s3={"payload_signing_enabled": True}, request_checksum_calculation="when_required"))
signed.put_object(Bucket="python", Key="signed", Body=whole)
found["signed"] = signed.head_object(Bucket="python", Key="signed")["ContentLength"]

# The same question many times in one second: their signatures are the same.
found["same"] = len([s3.list_buckets() for _ in range(3)])

table = boto3.resource("dynamodb").Table("users")
found["items"] = table.scan()["Items"]
found["refusedTable"] = refused(table.delete)

sqs = boto3.client("sqs")
url = sqs.create_queue(QueueName="python")["QueueUrl"]
sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "1", "MessageBody": "hello"}])
found["message"] = sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"]

sns = boto3.client("sns")
topic = sns.create_topic(Name="python")["TopicArn"]
found["topic"] = topic
sns.publish(TopicArn=topic, Message="hello")

cloudwatch = boto3.client("cloudwatch")
cloudwatch.put_metric_data(Namespace="python", MetricData=[{"MetricName": "a", "Value": 1.0}])
found["refusedCbor"] = refused(lambda: cloudwatch.delete_alarms(AlarmNames=["a"]))
found["refusedEc2"] = refused(
    lambda: boto3.client("ec2").run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1)
)
found["refusedRest"] = refused(lambda: boto3.client("lambda").invoke(FunctionName="f", Payload=b"{}"))
found["refusedXml"] = refused(lambda: boto3.client("cloudfront").list_distributions())
print(json.dumps(found, default=str))
