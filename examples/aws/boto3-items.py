# boto3 (pip install boto3) through Sallyport. The environment says where it is and who you are; see README.md.
import boto3
from botocore.exceptions import ClientError

# AWS_CONFIG_FILE and AWS_PROFILE are read by boto3 itself.
dynamodb = boto3.resource("dynamodb")
users = dynamodb.create_table(
    TableName="users",
    AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    BillingMode="PAY_PER_REQUEST",
)
users.put_item(Item={"id": "7", "email": "camille@orders.example", "city": "Lyon"})
print(users.get_item(Key={"id": "7"})["Item"])

try:
    # What a condition on a hidden attribute would tell, nobody is told.
    users.scan(FilterExpression="begins_with(email, :p)", ExpressionAttributeValues={":p": "c"})
except ClientError as refused:
    print(refused.response["Error"]["Message"])
